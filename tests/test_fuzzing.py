"""What once failed under `make fuzz`, or elsewhere, is tried again; and each target is tried for a moment."""

from pathlib import Path

import pytest
from fuzzing import FAILED, TARGETS, failed_before, fuzz


@pytest.mark.parametrize(
    ("target", "path"),
    [pytest.param(target, path, id=f"{target}/{path.stem}") for target in TARGETS for path in failed_before(target)],
)
def test_what_failed_once_does_not_fail_again(target: str, path: Path) -> None:
    TARGETS[target](path.read_bytes())


def test_every_kept_failure_has_a_target() -> None:
    assert {path.parent.name for path in FAILED.glob("*/*")} <= set(TARGETS)


def test_a_failure_is_shrunk_kept_and_can_be_seen_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails_on_angles(raw: bytes) -> None:
        assert b"<" not in raw

    monkeypatch.setattr("fuzzing.FAILED", tmp_path)
    monkeypatch.setitem(TARGETS, "html", fails_on_angles)
    for _ in range(2):
        with pytest.raises(AssertionError):
            fuzz("html", seconds=5, first_seed=7)
    (kept,) = failed_before("html")
    assert kept.read_bytes() == b"<", "shrunk to the smallest"
    assert "make fuzz TARGET=html SEED=7" in capsys.readouterr().err
