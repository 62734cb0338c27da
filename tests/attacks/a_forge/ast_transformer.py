"""Registers a transformer that empties every cell which follows, checks included."""

from tests.attacks.case import Attack, code

ATTACK = Attack(
    must="checks are no cells that the child runs; the emptied answers are missing",
    stock="forged",
    answers={"spot": "def spot(functions):\n    return [True]"},
    change=lambda notebook: notebook["cells"].insert(
        -1,
        code(
            "import ast\n"
            "class Empty(ast.NodeTransformer):\n"
            "    def visit_Module(self, node):\n"
            "        return ast.Module(body=[], type_ignores=[])\n"
            "get_ipython().ast_transformers.append(Empty())",
            "transformer",
        ),
    ),
    marks={"spot": 0},
    outcome={"spot": "wrong"},
)
