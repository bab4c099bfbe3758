"""The crontab and the systemd units that ship name programs that exist, and tell their verdicts."""

import shlex
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from scrapy.spiderloader import SpiderLoader
from scrapy.utils.project import get_project_settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
LOGGED = "/srv/paddock/deploy/logged"
JOBS = [
    shlex.split(line)[5:]
    for line in (DEPLOY / "crontab").read_text().splitlines()
    if line[:1] in "*0123456789" and line
]


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job[1])
def test_every_cron_job_runs_a_program_that_exists(job: list[str]) -> None:
    assert job[0] == LOGGED
    program = job[next(n for n, word in enumerate(job) if word in ("scrapy", "python")) :]
    if program[0] == "scrapy":
        spiders = SpiderLoader.from_settings(get_project_settings())
        assert program[1] == "crawl"
        assert program[2] in spiders.list()
    else:
        assert program[1] == "-m"
        assert find_spec(f"{program[2]}.__main__")


def test_profiles_inventories_and_vehicle_pages_never_visit_a_site_at_once() -> None:
    locks = {job[1]: [word for word in job if word.endswith(".lock")] for job in JOBS}
    assert locks["profiles"] == locks["inventory"] == locks["listings"] == ["var/sites.lock"]


@pytest.mark.parametrize(("code", "is_told"), [(0, False), (3, False), (1, True), (2, True)])
def test_cron_hears_of_failures_only(tmp_path: Path, code: int, is_told: bool) -> None:
    (tmp_path / "deploy").mkdir()
    logged = shutil.copy(DEPLOY / "logged", tmp_path / "deploy")
    done = subprocess.run(
        [logged, "roster", "sh", "-c", f"echo out; echo err >&2; exit {code}"],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == code
    assert bool(done.stdout) is is_told
    assert f"paddock roster failed ({code})" in done.stdout or not is_told
    assert done.stderr == ""
    log = (tmp_path / "var" / "log" / "roster.log").read_text()
    assert "out\nerr\n" in log
    assert log.endswith(f"=== exit code {code}\n")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd on this machine")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    units = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])
    for unit in units:
        here = unit.read_text().replace("/srv/paddock", str(ROOT)).replace("=paddock\n", "=root\n")
        (tmp_path / unit.name).write_text(here)
    done = subprocess.run(
        ["systemd-analyze", "verify", *(tmp_path / unit.name for unit in units)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if "paddock" in line]
    assert (done.returncode, said) == (0, [])
