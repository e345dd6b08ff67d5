-- The databases and accounts of Airflow and MLflow; harmless to run again.
\getenv airflow AIRFLOW_PASSWORD
\getenv mlflow MLFLOW_PASSWORD
select 'create role smartpredict_' || name || ' login' from unnest(array['airflow', 'mlflow']) as name
    where not exists (select from pg_roles where rolname = 'smartpredict_' || name) \gexec
alter role smartpredict_airflow password :'airflow';
alter role smartpredict_mlflow password :'mlflow';
select 'create database ' || name || ' owner smartpredict_' || name from unnest(array['airflow', 'mlflow']) as name
    where not exists (select from pg_database where datname = name) \gexec
revoke connect on database airflow, mlflow from public;
