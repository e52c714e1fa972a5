"""A run is a folder: its files, its experiment and its manifest."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic_core import from_json

from tuilab import __version__
from tuilab.errors import UsageError
from tuilab.experiment.experiment import Experiment
from tuilab.experiment.toml import from_toml
from tuilab.files.regular import read_regular
from tuilab.files.small import LARGEST
from tuilab.runs.seals import digest_of
from tuilab.terminal import clean

ID = re.compile(r"[0-9]{8}-[0-9]{6}-[a-z0-9-]{1,80}")
LATER = "then.json"
"""The file in a run's folder that says what is to be trained after it."""
LONGEST_NAME = 200
"""Characters of a run's name."""


class Manifest(BaseModel):
    """What a run is called and starts from; fixed when it is made, but for the name."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    seal: str = ""
    """Digest of everything here but the name, computed when read; a file of the first days holds none."""
    preset: str | None
    """The preset it was made from, or nothing."""
    name: str = ""
    """The person's own words for it; may be empty. Text from outside."""
    parent: Annotated[str, StringConstraints(pattern=f"^{ID.pattern}$")] | None = None
    """The id of the run whose trained model it starts from."""
    forked_at: int | None = None
    """The epoch of the parent from which it continues; None for a run that is not a fork."""
    created: float
    """Seconds since 1970."""
    forked_digest: str = ""
    """SHA-256 of the manifest of the checkpoint that a fork continues from; empty if it was not recorded."""
    shares: Annotated[str, StringConstraints(pattern=f"^{ID.pattern}$")] | None = None
    """The id of the run whose training it shares, as far as that went; None: it trains by itself."""
    experiment_digest: str
    settings_digest: str = ""
    """Digest of every setting of the experiment, those included that do not name it; empty: not recorded."""
    tuilab: str = __version__


@dataclass(frozen=True)
class Run:
    """A run folder."""

    folder: Path

    @property
    def id(self) -> str:
        """The folder's name: time and preset."""
        return self.folder.name

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.folder / "journal.jsonl"

    @property
    def log(self) -> Path:
        """Everything the worker printed."""
        return self.folder / "worker.log"

    @property
    def lease(self) -> Path:
        """Which process works on it."""
        return self.folder / "lease.json"

    @property
    def commands(self) -> Path:
        """What its worker is asked to do."""
        return self.folder / "commands.jsonl"

    @property
    def later(self) -> Path:
        """What is to be trained after it; there only while something waits for it."""
        return self.folder / LATER

    @property
    def checkpoints(self) -> Path:
        """The folder of checkpoints."""
        return self.folder / "checkpoints"

    @property
    def probes(self) -> Path:
        """The folder of what probes recorded."""
        return self.folder / "probes"

    def experiment(self) -> Experiment:
        """Read the experiment; raises UsageError if it is damaged, gone, or not the one that was made."""
        experiment = from_toml(self._read("experiment.toml"), f"{self.id}/experiment.toml")
        manifest = self.manifest()
        recorded = manifest.settings_digest, settings_digest_of(experiment)
        if experiment.digest != manifest.experiment_digest or recorded[0] not in ("", recorded[1]):
            raise UsageError(
                f"{clean(str(self.folder / 'experiment.toml'))} was changed: it is not the experiment "
                f"that {self.id} was created with",
                [
                    "put the file back as it was",
                    "or train something else as a new run: tuilab run --preset NAME --set A.B=VALUE",
                ],
            )
        return experiment

    def manifest(self) -> Manifest:
        """Read the manifest; raises UsageError if the file is damaged or gone."""
        try:
            table = from_json(self._read("run.json"))
            seal = manifest_seal(table)
            if table.get("seal", seal) == seal:
                return Manifest.model_validate({**table, "seal": seal})
        except (ValueError, AttributeError, TypeError):  # no JSON, no object, a value that is not allowed
            pass
        raise UsageError(
            f"{clean(str(self.folder / 'run.json'))} is damaged; the run cannot be shown",
            ["put the file back as it was"],
        )

    def _read(self, name: str) -> str:
        try:
            return read_regular(self.folder / name, LARGEST).decode()
        except OSError as error:
            why = error.strerror or str(error)
        except UnicodeDecodeError as error:
            why = str(error)
        raise UsageError(f"{clean(str(self.folder / name))} cannot be read: {clean(why)}")


def manifest_seal(table: dict[str, Any]) -> str:
    """Return the digest of all that stands fixed in a manifest, whatever a later version wrote beside it."""
    return digest_of({key: value for key, value in table.items() if key not in ("seal", "name")})


def settings_digest_of(experiment: Experiment) -> str:
    # of what differs from the defaults: a setting that is added later changes no digest
    return digest_of(experiment.model_dump(mode="json", exclude_defaults=True))
