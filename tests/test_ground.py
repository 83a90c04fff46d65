"""What people rely on around the code: settings, targets, pins, image, package and links."""

from __future__ import annotations

import ast
import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from ruamel.yaml import YAML

from app.settings import Settings
from docs.settings_shown import as_env_file, as_table

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("app", "ingest", "knowledge_base", "qr")

NOT_IMPORTED = {
    "psycopg": "SQLAlchemy loads it for postgresql:// addresses",
    "python-multipart": "a floor for FastAPI's forms",
    "tzdata": "zoneinfo reads it where the system has no time zones",
    "uvicorn": "the server",
}
"""Runtime dependencies that no module of ours needs to import."""


@cache
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


@cache
def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


@cache
def dockerfile() -> list[tuple[str, str]]:
    """Instructions with their arguments, continued lines joined."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    pairs = (line.split(maxsplit=1) for line in lines if line.strip())
    return [(name, arguments) for name, arguments in pairs]


def arguments_of(instruction: str) -> list[str]:
    return [arguments for name, arguments in dockerfile() if name == instruction]


@cache
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load((ROOT / "compose.yaml").read_text())
    return loaded


def make(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Make as a person would run it, even when make runs these tests."""
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def name_of(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", Requirement(requirement).name).lower()


def imported_by(module: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found - set(PACKAGES) - sys.stdlib_module_names


def test_the_readme_and_the_example_file_show_every_setting() -> None:
    readme = (ROOT / "README.md").read_text()
    example = (ROOT / ".env.example").read_text()

    assert as_table() in readme, "run `make fix`"
    assert as_env_file() in example, "run `make fix`"
    for name, field in Settings.model_fields.items():
        assert field.description, f"{name} needs a sentence"
        assert f"| `{name.upper()}` |" in readme
        assert f"\n# {name.upper()}=" in example


def test_every_make_target_is_explained() -> None:
    makefile = (ROOT / "Makefile").read_text()
    [phony] = re.findall(r"^\.PHONY: (help .*)$", makefile, re.MULTILINE)

    shown = make("help").stdout

    explained = dict(line.split(maxsplit=1) for line in shown.splitlines()[1:])

    assert sorted(explained) == sorted(phony.split())


@pytest.mark.skipif(
    Path(sys.prefix).resolve() != ROOT / ".venv",
    reason="these tests run in another environment than make's",
)
@pytest.mark.parametrize("target", ["setup", "setup-dev"])
def test_a_second_set_up_installs_nothing(target: str) -> None:
    asked = make("--question", target)

    assert asked.returncode == 0, "pyproject.toml or constraints.txt changed: run `make setup-dev`"


@pytest.mark.parametrize(
    ("line", "extra"),
    [
        pytest.param("EMBEDDING_MODEL=/models/e5", "models", id="plain"),
        pytest.param('  export EMBEDDING_MODEL = "some/model" # why', "models", id="dressed up"),
        pytest.param("RERANKER_MODEL=/models/reranker", "models", id="reranker"),
        pytest.param("CHAT_MODEL='ollama:qwen3'", "chat", id="chat"),
        pytest.param("WHISPER_MODEL=small", "voice", id="voice"),
        pytest.param("EMBEDDING_MODEL=", None, id="empty"),
        pytest.param('EMBEDDING_MODEL=""', None, id="empty in quotes"),
        pytest.param("#EMBEDDING_MODEL=some/model", None, id="commented out"),
        pytest.param("MY_EMBEDDING_MODEL=some/model", None, id="another name"),
    ],
)
def test_make_installs_the_extra_that_a_setting_needs(
    line: str, extra: str | None, tmp_path: Path
) -> None:
    for name in ("Makefile", "constraints.txt", "pyproject.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / ".env").write_text(f"PORT=9000\n{line}\n")

    planned = make("--dry-run", "setup", folder=tmp_path).stdout

    found = set(re.findall(r"--editable '\.\[(\w+)\]'", planned))
    assert found == {"speak", extra} - {None}, "espeak-ng comes with every service"
    assert ("pip install --quiet --constraint constraints.txt  torch" in planned) == (
        extra in ("models", "voice")
    )


def test_every_dependency_is_pinned_to_a_version_that_it_admits() -> None:
    groups = [project()["project"]["dependencies"]]
    groups += project()["project"]["optional-dependencies"].values()

    for requirement in (Requirement(text) for group in groups for text in group):
        pin = pins()[name_of(str(requirement))]
        assert pin in requirement.specifier, f"{requirement} does not admit {pin}: run `make lock`"


def test_the_pins_fit_every_machine() -> None:
    assert all(re.fullmatch(r"[0-9a-z.]+", pin) for pin in pins().values())
    assert {"torch", "openai-whisper", "sentence-transformers", "langchain-openai"} <= set(pins())


@pytest.mark.thorough
def test_what_is_installed_is_what_is_imported() -> None:
    modules = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    owners = importlib.metadata.packages_distributions()
    declared = {name_of(text) for text in project()["project"]["dependencies"]}
    optional = {
        name_of(text)
        for extra in ("models", "voice", "chat", "speak", "piper", "training")
        for text in project()["project"]["optional-dependencies"][extra]
    } | {"openai-whisper"}  # no extra names it: it is installed with --no-deps

    imported: set[str] = set()
    for name in {name for module in modules for name in imported_by(module)}:
        named = {name_of(owner) for owner in owners[name]}
        imported |= named & (declared | optional) or named

    assert imported <= declared | optional, "declare them in pyproject.toml"
    assert declared - imported <= set(NOT_IMPORTED), "nothing imports these"
    assert set(NOT_IMPORTED) <= declared


def test_the_changelog_speaks_of_this_version() -> None:
    version = project()["project"]["version"]

    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert newest is not None
    assert newest[1] == version
    assert compose()["services"]["app"]["image"] == f"hoixa:{version}"


@pytest.mark.thorough
def test_the_wheel_carries_every_file_of_the_packages(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [wheel] = tmp_path.glob("*.whl")

    carried = set(zipfile.ZipFile(wheel).namelist())

    kept = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert kept - carried == set()
    assert {name.partition("/")[0] for name in carried} == {
        *PACKAGES,
        f"hoixa-{project()['project']['version']}.dist-info",
    }
    assert any(name.endswith(".yaml") for name in carried)


def test_the_image_copies_what_exists_and_what_the_ignore_file_lets_through() -> None:
    let_through = (ROOT / ".dockerignore").read_text().splitlines()

    copied = [
        source
        for arguments in arguments_of("COPY")
        if not arguments.startswith("--from=")
        for source in arguments.split()[:-1]
    ]

    assert set(PACKAGES) <= set(copied)
    for source in copied:
        assert (ROOT / source).exists()
        assert f"!{source}" in let_through


def test_the_image_has_the_python_that_the_pins_are_made_with() -> None:
    bases = {arguments.split()[0] for arguments in arguments_of("FROM")}
    [(image, version)] = [re.findall(r"^(python):(\d+\.\d+)-", base)[0] for base in bases]

    supported = SpecifierSet(project()["project"]["requires-python"])

    assert image == "python"
    assert version in supported
    assert f"{supported}" == f">={version}", "`make lock` runs with the oldest supported Python"


def test_the_image_installs_the_pins() -> None:
    runs = " && ".join(arguments_of("RUN"))

    installs = re.findall(r"pip install [^;&]*", runs)

    assert len(installs) == 3
    assert all("--constraint constraints.txt" in install for install in installs)
    assert "pip wheel --no-deps" in runs


def test_the_image_runs_as_an_ordinary_user_on_a_volume_with_a_health_check() -> None:
    [user] = arguments_of("USER")
    [check] = arguments_of("HEALTHCHECK")
    [volume] = arguments_of("VOLUME")
    [command] = arguments_of("CMD")
    [program] = re.findall(r"CMD (\[.*\])$", check)

    assert user == "hoixa"
    assert re.search(
        rf"useradd .*--uid 10001 .*--home-dir {volume} ", " ".join(arguments_of("RUN"))
    )
    assert f"DATA_DIR={volume}" in " ".join(arguments_of("ENV"))
    assert "hoixa ingest; exec hoixa serve" in command
    python, option, source = ast.literal_eval(program)
    assert (python, option) == ("python", "-c")
    assert "/health/live" in source
    compile(source, "HEALTHCHECK", "exec")


def test_compose_starts_one_service_and_the_servers_only_when_asked() -> None:
    services = compose()["services"]

    assert set(services) == {"app", "postgres", "chroma"}
    assert "profiles" not in services["app"]
    for name in ("postgres", "chroma"):
        server = services[name]
        assert server["profiles"] == ["large"]
        assert server["networks"] == ["inner"], "reached by the service alone"
        assert "ports" not in server
        assert server["healthcheck"]["test"][0] == "CMD"
        assert re.fullmatch(r"[a-z/]+:\d+(\.\d+)+(-[a-z]+)?", server["image"]), "a pinned tag"
        assert services["app"]["depends_on"][name] == {
            "condition": "service_healthy",
            "required": False,
        }
    assert services["chroma"]["image"].endswith(f":{pins()['chromadb']}")
    assert compose()["networks"]["inner"] == {"internal": True}


def test_compose_keeps_everything_on_named_volumes() -> None:
    services = compose()["services"]

    volumes = {name: service["volumes"] for name, service in services.items()}

    assert volumes == {
        "app": [f"data:{arguments_of('VOLUME')[0]}"],
        "postgres": ["postgres:/var/lib/postgresql/data"],
        "chroma": ["chroma:/data"],
    }
    assert set(compose()["volumes"]) == {"data", "postgres", "chroma"}


def test_compose_sets_only_settings_that_exist() -> None:
    environment = compose()["services"]["app"]["environment"]

    assert {name.lower() for name in environment} <= set(Settings.model_fields)


def test_links_between_our_pages_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]

    for page in pages:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} → {target}"


def test_decisions_have_their_three_parts() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))

    for number, record in enumerate(records, 1):
        assert record.name.startswith(f"{number:04}-")
        text = record.read_text()
        assert text.startswith(f"# {number}. ")
        for part in ("**Context.**", "**Decision.**", "**Consequences.**"):
            assert text.count(part) == 1, f"{record.name} lacks {part}"
