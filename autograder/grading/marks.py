"""From verdicts to marks in nbgrader's gradebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import SaveAutoGrades

from autograder.grading.course import Course
from autograder.grading.reading import linked
from autograder.grading.terms import UNGRADED_TYPE, VERDICT_TYPE, score

__all__ = [
    "UNGRADED_TYPE",
    "VERDICT_TYPE",
    "SaveVerdicts",
    "auto_comment",
    "auto_score",
    "forget_marks",
    "prepare_submission",
    "score",
    "verdict_data",
]


def forget_marks(db_url: str, assignment: str, student: str, notebook: str | None = None) -> None:
    """Take the automatic marks of a submission back: "not graded yet", for a person to look at.

    Marks given by hand stay.

    Parameters
    ----------
    db_url : str
        The gradebook.
    assignment, student : str
        Whose marks.
    notebook : str, optional
        Only those of this notebook.
    """
    with Gradebook(db_url) as gradebook:
        try:
            gradebook.find_assignment(assignment)
        except MissingEntry:
            return
        gradebook.update_or_create_student(student)
        submission = gradebook.update_or_create_submission(assignment, student)
        for handed_in in submission.notebooks:
            if notebook is None or handed_in.name == notebook:
                for grade in handed_in.grades:
                    grade.auto_score = None
                    grade.needs_manual_grade = True
        gradebook.db.commit()


def prepare_submission(assignment: str, student: str, notebooks: Sequence[str]) -> None:
    """nbgrader's ``pre_convert_hook`` for grading; called before each submission is touched.

    It takes the old marks back, so that a submission that cannot even be copied keeps none, and
    removes links and special files from the submitted folder: nbgrader would follow a link and
    copy what it points at, first beside the submission and then into the learner's feedback.

    Parameters
    ----------
    assignment, student : str
        As given on nbgrader's command line, so often ``*``; the folders tell who it is.
    notebooks : sequence of str
        The notebooks about to be graded, all of one submission.
    """
    # nbgrader stands in the course's root while it converts, and tells a hook no more than this.
    db_url = Course.load(Path.cwd()).db_url
    for folder in {Path(notebook).parent for notebook in notebooks}:
        forget_marks(db_url, folder.name, folder.parent.name)
        if linked(folder):
            continue  # nothing is taken away behind a link
        for path in list(folder.rglob("*")):
            # A notebook that is a link stays, for the exporter to refuse with a reason.
            if path.suffix != ".ipynb" and (path.is_symlink() or not (path.is_file() or path.is_dir())):
                path.unlink()


def verdict_data(cell: Mapping[str, Any], mime: str = VERDICT_TYPE) -> dict[str, Any] | None:
    """Return what the judge left in a check cell under a media type, or None."""
    for output in cell.get("outputs", ()):
        data = output.get("data", {})
        if mime in data:
            return dict(data[mime])
    return None


class SaveVerdicts(SaveAutoGrades):
    """nbgrader's SaveAutoGrades, with the mark taken from the verdict and from nothing else.

    nbgrader gives full marks to a check cell without output. Here a check without a verdict is
    *ungraded, for staff*: no automatic score, and a flag that a person has to look.
    """

    def _add_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        if utils.is_solution(cell):
            super()._add_score(cell, resources)
            return
        name = cell.metadata.nbgrader["grade_id"]
        try:
            grade = self.gradebook.find_grade(name, self.notebook_id, self.assignment_id, self.student_id)
        except MissingEntry as error:
            raise NbGraderException(
                f"The gradebook does not know the check `{name}`; run `course build`, then grade again."
            ) from error
        grade.auto_score = auto_score(cell)
        grade.needs_manual_grade = grade.auto_score is None or grade.manual_score is not None
        self.gradebook.db.commit()


def auto_score(cell: NotebookNode) -> float | None:
    """Return the automatic mark of a graded cell; None leaves it to a person.

    Parameters
    ----------
    cell : NotebookNode
        A check, which has the mark of its verdict and without one none at all; or an answer that is
        marked by hand, of which nbgrader knows only whether anything was written.
    """
    if utils.is_solution(cell):
        mark: float | None = utils.determine_grade(cell)[0]
        return mark
    verdict = verdict_data(cell)
    if verdict is None:
        return None
    try:
        return score(float(cell.metadata.nbgrader["points"]), float(verdict["credit"]))
    except (KeyError, TypeError, ValueError):
        return None


def auto_comment(cell: NotebookNode) -> str | None:
    """Return what nbgrader says by itself about an answer or a task: that there is none, or nothing."""
    untouched = cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
    return "No response." if untouched and not utils.is_task(cell) else None
