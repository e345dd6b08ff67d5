"""A cluster of three nodes, and a pipeline that knows them all."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from broker.administration.nodes import find_nodes
from broker.administration.provisioning import declare_topology
from sql.provision import prepare_database
from tests.faults.cluster.flow import Flow, pipeline
from tests.faults.cluster.nodes import Cluster, three_nodes
from tests.support.network.switch import Switch
from tests.support.servers import fresh_database, server_folder, start_postgres
from tests.support.session import other_hosts
from usecases.contract.catalog import load_catalog


@pytest.fixture(scope="session")
def switch(pytestconfig: pytest.Config) -> Switch:
    """Three hosts, whose packets can be dropped."""
    return other_hosts.switch_of(pytestconfig)


@pytest.fixture(scope="module")
def cluster(_nothing_survives: None, switch: Switch) -> Iterator[Cluster]:
    with server_folder() as folder, three_nodes(folder, switch.hosts) as nodes:
        yield nodes


@pytest.fixture(scope="module")
def flow(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flow]:
    """A worker, ingestion and a gateway beside a PostgreSQL, and the cluster with its queues."""
    with (
        server_folder() as folder,
        start_postgres(folder) as postgres,
        fresh_database(postgres) as database_url,
    ):
        prepare_database(database_url, load_catalog().values())
        nodes = find_nodes(cluster.management_url, cluster.broker_url)
        assert nodes is not None
        assert (len(nodes.running), nodes.missing) == (3, [])
        asyncio.run(declare_topology(cluster.broker_url, nodes=len(nodes.running)))
        with pipeline(tmp_path_factory.mktemp("cluster"), database_url, cluster.broker_url) as flow:
            yield flow
