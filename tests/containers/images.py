"""The images that `make test-containers` built: what is in them, and what is not."""

from __future__ import annotations

import json
import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import pytest

from local_stack.machine.folders import CHECKOUT
from tests.containers.podman import image_size, podman
from tests.support.session.figures import show

LOOK = """
import importlib.metadata, json, os, pathlib
print(json.dumps({
    "packages": [found.metadata["Name"].lower().replace("_", "-").replace(".", "-") for found in importlib.metadata.distributions()],
    "app": os.listdir("/app"),
    "account": os.getuid(),
    "told": {name: pathlib.Path(name).read_text() for name in ("/etc/pip.conf", "/etc/uv/uv.toml") if os.path.isfile(name)},
}))
"""
NOT_NEEDED = {"tests", "benchmarks", "findings", "docs", ".git", ".ci", ".env", ".datasets", ".venv"}


@dataclass(frozen=True)
class Image:
    """An image of compose.yaml, and the lock that it was built from."""

    name: str
    lock: str


IMAGES = (Image("smartpredict:0.1.0", "product"), Image("smartpredict-airflow:0.1.0", "airflow"))


def locked(name: str) -> AbstractSet[str]:
    """Return the packages of a lock."""
    text = (CHECKOUT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z0-9][a-z0-9-]*)==", text.replace(".", "-").replace("_", "-"), re.MULTILINE))


@pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.lock)
def test_an_image_has_what_its_lock_names_and_nothing_that_tests_need(image: Image) -> None:
    found = json.loads(podman("run", "--rm", "--network=none", image.name, "python", "-c", LOOK))
    ours = {"smartpredict"}
    assert {*found["packages"]} - locked(image.lock) - ours == set()
    assert {*found["packages"]} & (locked("test") - locked(image.lock)) == set()
    assert {*found["app"]} & NOT_NEEDED == set()
    assert not any(name.startswith(".venv") for name in found["app"])


@pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.lock)
def test_nothing_of_the_machine_that_built_it_is_in_an_image(image: Image) -> None:
    found = json.loads(podman("run", "--rm", "--network=none", image.name, "python", "-c", LOOK))
    assert {name: text for name, text in found["told"].items() if text} == {}
    assert found["account"] != 0


def test_sizes() -> None:
    for image in IMAGES:
        size = image_size(image.name)
        show(f"{image.name}: {size:.2f} GB, of which its base {image_size('localhost/debian-12'):.2f} GB")
        assert 0.5 < size < 3
