"""The command line: ``course build | check | site | grade | feedback | report | export | update | doctor | demo``."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from autograder.errors import CommandError, CourseError

if TYPE_CHECKING:
    from autograder.build import Run

# jsonschema, which checks notebooks, imports this one where it can, and that builds two grammars for more than two
# seconds. They are for addresses in other alphabets, of which the schema of a notebook has none.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

_CONFIG = "nbgrader_config.py"
_DEBUG = "COURSE_DEBUG"

app = typer.Typer(
    help="Build, check and grade the course.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
# No wrapping: a file and line that is cut in two cannot be clicked.
console = Console(soft_wrap=True, highlight=False)

Root = Annotated[
    Path | None,
    typer.Option("--root", help="The course's folder; by default the nearest one above that holds " + _CONFIG + "."),
]
Assignment = Annotated[str, typer.Argument(help="For example 05_softmax_regression.")]
Lessons = Annotated[list[str] | None, typer.Argument(help="Lessons by number, slug or assignment; all by default.")]
NoRun = Annotated[bool, typer.Option("--no-run", help="Only compare release/ with the sources.")]
NoOutputs = Annotated[bool, typer.Option("--no-run", help="Run no lesson: their pages have text and no outputs.")]
Students = Annotated[list[str] | None, typer.Option("--student", help="Only this student; may be repeated.")]
Force = Annotated[bool, typer.Option("--force", help="Also what has a result already.")]
Jobs = Annotated[str | None, typer.Option("--jobs", help="Submissions at once; by default as many as cores.")]
Scheduler = Annotated[
    str | None, typer.Option("--scheduler", help="Grade on the dask.distributed cluster at this address.")
]
Unconfined = Annotated[
    bool, typer.Option("--unconfined", help="Grade even where nothing keeps a submission from this machine.")
]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Fail when another run is at it, in place of waiting.")]


def find_root(given: Path | None) -> Path:
    """Return the course's root.

    Parameters
    ----------
    given : Path or None
        What ``--root`` says.

    Raises
    ------
    CommandError
        When there is no course.
    """
    if given is not None:
        if not (given / _CONFIG).is_file():
            raise CommandError(f"{given} is no course: it holds no {_CONFIG}.")
        return given.resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / _CONFIG).is_file():
            return folder
    raise CommandError(
        f"There is no course here: neither {here} nor a folder above holds {_CONFIG}. Go into the course or use --root."
    )


@app.command()
def build(root: Root = None) -> None:
    """Make release/ from notebooks/ and solutions/."""
    from autograder.build import build as build_course

    place = find_root(root)
    report = build_course(place)
    for lesson in report.lessons:
        console.print(f"{lesson.assignment}  {lesson.exercises} exercises, {lesson.points:g} points")
    done = report.done
    words = [
        f"{len(names)} {word}"
        for names, word in ((done.missing, "added"), (done.changed, "changed"), (done.extra, "removed"))
        if names
    ]
    said = ", ".join(words) if words else "nothing to change"
    console.print(f"[green]built[/green] in {report.seconds:.1f} s; {escape(report.release.name)}/: {said}")


@app.command()
def check(lessons: Lessons = None, no_run: NoRun = False, root: Root = None) -> None:
    """Run the lessons without a network and prove that release/ is fresh."""
    from autograder.build import check as check_course

    report = check_course(find_root(root), lessons or (), run=not no_run, tell=_tell_run)
    for freshness in report.freshness:
        for problem in freshness.problems:
            console.print(f"[red]stale[/red] {escape(problem)}")
        if not freshness.problems:
            console.print(f"[green]fresh[/green] {freshness.folder}/{freshness.file} is what the sources give")
    if not report.ok:
        raise typer.Exit(1)


def _tell_run(run: Run) -> None:
    how = "with the answers" if run.answered else "as released"
    word = "[red]failed[/red]" if run.problems else "[green]ran[/green]   "
    console.print(f"{word} {run.assignment}  {how}  {run.seconds:.1f} s  network: {run.network or 'not reached'}")
    for problem in run.problems:
        console.print(f"       {escape(problem)}")


@app.command()
def site(
    lessons: Lessons = None,
    no_run: NoOutputs = False,
    out: Annotated[Path | None, typer.Option("--out", help="By default build/site.")] = None,
    root: Root = None,
) -> None:
    """Build the course's site without a network, and look for broken links and for answers that show."""
    from autograder.site import build_site

    report = build_site(find_root(root), out, () if no_run else lessons or None, tell=_tell_run)
    for problem in report.problems:
        console.print(f"[red]wrong[/red] {escape(problem)}")
    console.print(f"{report.pages} pages in {report.seconds:.0f} s: {escape(str(report.folder / 'index.html'))}")
    if report.problems:
        raise typer.Exit(1)


@app.command()
def grade(
    assignment: Assignment,
    student: Students = None,
    force: Force = False,
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    unconfined: Unconfined = False,
    no_wait: NoWait = False,
    root: Root = None,
) -> None:
    """Grade what was handed in."""
    place, count = find_root(root), _whole_number("--jobs", jobs)
    with contextlib.ExitStack() as started:
        farm = None
        if scheduler is None:
            from autograder.grading.farm import start_ahead

            # Before the next import, which takes as long as the farm's first process.
            farm = start_ahead(place, assignment, count)
            started.callback(farm.close)
        gc.disable()  # what is imported stays
        from autograder.grading import commands

        gc.freeze()
        gc.enable()
        commands.grade(
            place,
            assignment,
            student or None,
            force,
            count,
            scheduler=scheduler,
            unconfined=unconfined,
            wait=not no_wait,
            farm=farm,
        )


def _whole_number(name: str, given: str | None) -> int | None:
    if given is None:
        return None
    if not given.isdecimal() or int(given) < 1:
        raise CommandError(f"{name} takes a whole number from 1 on, not {given}.")
    return int(given)


@app.command()
def feedback(assignment: Assignment, root: Root = None) -> None:
    """Write a feedback page for every student."""
    from autograder.grading import commands

    commands.feedback(find_root(root), assignment)


@app.command()
def report(assignment: Assignment, root: Root = None) -> None:
    """Write the class report."""
    from autograder.grading import commands

    page = commands.report(find_root(root), assignment)
    console.print(f"The class report is in {escape(str(page))}")


@app.command()
def export(
    form: Annotated[str, typer.Argument(metavar="canvas|moodle|csv", help="Who will read the file.")],
    assignment: Assignment,
    output: Annotated[Path | None, typer.Option("--output", help="The file; by default in class/reports/.")] = None,
    ids: Annotated[Path | None, typer.Option("--map", help="A CSV file that says who is who.")] = None,
    column: Annotated[
        str | None, typer.Option("--column", help="Heading of the grades, as in “Softmax (1234)”.")
    ] = None,
    root: Root = None,
) -> None:
    """Write the marks as Canvas or Moodle imports them, or as a plain CSV file."""
    from autograder.grading.export import export_marks

    path, warnings = export_marks(find_root(root), form, assignment, output, ids, column)
    for warning in warnings:
        Console(stderr=True, soft_wrap=True, highlight=False).print(f"[yellow]note:[/yellow] {escape(warning)}")
    console.print(f"The marks are in {escape(str(path))}")


@app.command()
def update(
    path: Annotated[Path, typer.Argument(help="Your notebook, or the folder of the lesson.")],
    release: Annotated[
        Path | None, typer.Option("--release", help="The new release: a notebook, its folder, or a folder of lessons.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
) -> None:
    """For learners: bring a lesson you have begun to its new release, with your answers."""
    from course_utils.updating import update as update_lesson

    update_lesson(path, release, dry_run=dry_run, say=lambda line: console.print(escape(line)))


@app.command()
def demo(root: Root = None) -> None:
    """Grade a class of a dozen made-up submissions, from release to feedback."""
    from autograder import demo as made_up_class

    made_up_class.run(find_root(root))


@app.command()
def doctor(root: Root = None) -> None:
    """Look at this machine: what the course finds, and how to mend what is missing."""
    from autograder import doctor as looks

    lines = looks.run(find_root(root))
    width = max(len(line.name) for line in lines)
    for line in lines:
        mark = "[green]ok  [/green]" if line.ok else "[red]FAIL[/red]" if line.failed else "[yellow]note[/yellow]"
        console.print(f"{mark} {escape(line.name.ljust(width))}  {escape(line.detail)}")
        if not line.ok and line.fix:
            console.print(f"     {' ' * width}  fix: {escape(line.fix)}")
    failed = sum(line.failed for line in lines)
    if failed:
        console.print(f"{failed} of {len(lines)} lines fail; the lines that begin with “fix” say what to do.")
        raise typer.Exit(1)
    console.print("All that the course needs is here.")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; errors are sentences, never tracebacks.

    Parameters
    ----------
    arguments : sequence of str, optional
        In place of ``sys.argv``.
    """
    # At its end Python looks for garbage in all that was imported, which takes half a second and frees nothing of use.
    atexit.register(gc.freeze)
    try:
        app(args=None if arguments is None else list(arguments), prog_name="course")
    except CourseError as error:
        _say(str(error))
        sys.exit(error.exit_code)
    except Exception as error:
        if os.environ.get(_DEBUG):
            raise
        if type(error).__module__.partition(".")[0] in ("autograder", "course_utils"):
            _say(str(error))
        else:
            what = f"Something in the course's own code failed ({type(error).__name__}: {error})."
            _say(f"{what} Set {_DEBUG}=1 to see where.")
        sys.exit(1)


def _say(text: str) -> None:
    Console(stderr=True, soft_wrap=True, highlight=False).print(f"[red]error:[/red] {escape(text)}")


if __name__ == "__main__":
    main()
