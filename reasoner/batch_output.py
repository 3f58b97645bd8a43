"""The outputs of a batch: each grows as a folder of parts, and is put together when all parts are there.

A part is the output of one chunk. It is written under another name and then renamed, so it is either whole or not there, whenever the
process ends. That is what ``--resume`` rests on: parts that are there are not made again, and the output is the same as if nothing had
happened. The folder stands beside the output and is removed when that is whole.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mtus.reasoner.batch_rows import arrow_schema
from mtus.reasoner.batch_summary import Summary
from mtus.reasoner.batch_work import NDJSON, PARQUET, TRACES, Done, Wanted
from mtus.reasoner.compressed import SUFFIXES, plain_suffix, write_atomically
from mtus.reasoner.errors import case_error
from mtus.reasoner.extras import extra

_JOB, _SUMMARY = "job.json", "summary"
# Rows of one row group of Parquet: enough to compress well, few enough to be held in memory.
_ROW_GROUP = 50_000
_KINDS = {".ndjson": NDJSON, ".jsonl": NDJSON, ".parquet": PARQUET, ".nq": TRACES}


def wanted_at(path: Path) -> Wanted:
    """Return what the suffix of ``path`` asks for; raise :class:`CaseError` for a suffix that asks for nothing known."""
    suffix = plain_suffix(path.name)
    if suffix not in _KINDS or (suffix == ".parquet" and path.suffix.lower() in SUFFIXES):
        raise case_error("bad-option", str(path), "Its suffix says nothing of what is wanted.",
                         "Use .ndjson or .parquet for rows, .nq for traces; .gz or .zst after .ndjson and .nq.")  # fmt: skip
    return Wanted(_KINDS[suffix], path.suffix.lower() if path.suffix.lower() in SUFFIXES else "")


class Outputs:
    """The outputs of one job, with the parts that are there already.

    ``job`` says what the parts were made from; parts of another job are never mixed in.
    """

    def __init__(self, paths: tuple[Path, ...], job: dict[str, Any]) -> None:
        self.paths = paths
        self.wanted = tuple(wanted_at(path) for path in paths)
        self._job = json.dumps(job, sort_keys=True).encode()
        self._folder = paths[0].with_name(paths[0].name + ".parts")

    def open(self, *, resume: bool) -> None:
        """Make the folder of parts, or with ``resume`` take the one that is there.

        Raises :class:`CaseError` where parts of another job are there, and where parts are there and nobody asked to resume.
        """
        kept = self._folder / _JOB
        if kept.exists():
            if not resume:
                raise case_error("unfinished", str(self._folder), "An earlier run was interrupted; its parts are still there.",
                                 "Add --resume to go on with it, or remove the folder.")  # fmt: skip
            if kept.read_bytes() != self._job:
                raise case_error("other-job", str(self._folder), "The parts there are of other inputs, outputs or knowledge.",
                                 "Remove the folder, and start again without --resume.")  # fmt: skip
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_atomically(kept, self._job)
        except OSError as error:
            raise case_error(
                "cannot-write", str(self._folder), f"The folder cannot be made: {error.strerror}.", "Choose another place."
            ) from error

    def has(self, number: int) -> bool:
        """Return whether the parts of chunk ``number`` are there and whole; its counts are written last."""
        kept = self._part(number, _SUMMARY)
        if not kept.exists():
            return False
        parts = [self._part(number, str(n)) for n in range(len(self.paths))]
        sizes: list[int] = json.loads(kept.read_bytes())["sizes"]
        return sizes == [part.stat().st_size if part.exists() else -1 for part in parts]

    def summary(self, number: int) -> Summary:
        """Return the counts of chunk ``number``."""
        kept = json.loads(self._part(number, _SUMMARY).read_bytes())
        summary = Summary(kept["cases"], kept["requests"], kept["refused"], kept["failures"])
        summary.answers.update({(treatment, answer): count for treatment, answer, count in kept["answers"]})
        summary.undocumented.update(kept["undocumented"])
        summary.errors.update(kept["errors"])
        summary.stored.update(kept["stored"])
        summary.unstored = kept["unstored"]
        return summary

    def put(self, done: Done) -> None:
        """Write the parts of one chunk, and then its counts."""
        for n, content in enumerate(done.parts):
            write_atomically(self._part(done.number, str(n)), content)
        s = done.summary
        kept = {
            "sizes": [len(content) for content in done.parts],
            "cases": s.cases,
            "requests": s.requests,
            "refused": s.refused,
            "failures": s.failures,
            "answers": [[*key, count] for key, count in s.answers.items()],
            "undocumented": dict(s.undocumented),
            "errors": dict(s.errors),
            "stored": dict(s.stored),
            "unstored": s.unstored,
        }
        write_atomically(self._part(done.number, _SUMMARY), json.dumps(kept).encode())

    def finish(self, chunks: int) -> dict[str, str]:
        """Put the outputs together from the parts of all ``chunks``; return the SHA-256 of each, by its name."""
        digests = {}
        for n, (path, wanted) in enumerate(zip(self.paths, self.wanted, strict=True)):
            draft = path.with_name(path.name + ".draft")
            parts = (self._part(number, str(n)) for number in range(chunks))
            if wanted.what == PARQUET:
                _join_parquet(parts, draft)
            else:
                with draft.open("wb") as stream:
                    for part in parts:
                        # gzip and Zstandard allow files that were compressed one by one to stand one after another
                        stream.write(part.read_bytes())
            draft.replace(path)
            with path.open("rb") as whole:
                digests[path.name] = hashlib.file_digest(whole, "sha256").hexdigest()
        shutil.rmtree(self._folder)
        return digests

    def _part(self, number: int, name: str) -> Path:
        return self._folder / f"{number:08d}.{name}"


def _join_parquet(parts: Iterable[Path], target: Path) -> None:
    arrow, parquet = extra("pyarrow", "batch", target.name), extra("pyarrow.parquet", "batch", target.name)
    held: list[Any] = []
    with parquet.ParquetWriter(target, arrow_schema(arrow), compression="zstd") as writer:
        for part in parts:
            with arrow.ipc.open_stream(part.read_bytes()) as reader:
                held.append(reader.read_all())
            if sum(table.num_rows for table in held) >= _ROW_GROUP:
                writer.write_table(arrow.concat_tables(held).combine_chunks())
                held = []
        if held:
            writer.write_table(arrow.concat_tables(held).combine_chunks())
