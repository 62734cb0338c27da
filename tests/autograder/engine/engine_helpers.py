"""Small things that several tests of the engine need."""


def text_of(result):
    """Return all that a cell put out as one text."""
    parts = []
    for output in result.outputs:
        parts += [output.get("text", ""), output.get("evalue", ""), output.get("data", {}).get("text/plain", "")]
    return "".join(parts)
