"""Jobs beside the door of files, and beside a bare loop that checks nothing."""
