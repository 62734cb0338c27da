"""The one error that live figures raise."""


class WidgetError(ValueError):
    """A live figure cannot be made; the message says in one sentence why.

    A notebook shows that sentence only: the traceback would end in the course's own code.
    """

    def _render_traceback_(self) -> list[str]:
        return [f"WidgetError: {self}"]
