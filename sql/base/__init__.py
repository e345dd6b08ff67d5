"""What every topic of the storage needs: the connection, the tables of every installation, migrations, accounts."""
