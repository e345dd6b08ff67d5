-- Airflow's own database and account; harmless to run again.
\getenv password PASSWORD
select 'create role smartpredict_airflow login' where not exists
    (select from pg_roles where rolname = 'smartpredict_airflow') \gexec
alter role smartpredict_airflow password :'password';
select 'create database airflow owner smartpredict_airflow' where not exists
    (select from pg_database where datname = 'airflow') \gexec
revoke connect on database airflow from public;
