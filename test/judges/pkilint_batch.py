"""Runs several of pkilint's commands in one process, since starting one takes longer than all of them.

Reads a JSON list of [command, [argument, ...]] and writes a JSON list of {"code": exit code, "out": stdout, "err": stderr}.
"""

import contextlib
import importlib
import io
import json
import sys


def run(command, arguments):
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = importlib.import_module("pkilint.bin." + command).main(arguments)
        except SystemExit as exit:
            code = exit.code
        except Exception as error:
            code = -1
            print(repr(error), file=sys.stderr)
    return {"code": code, "out": out.getvalue(), "err": err.getvalue()}


json.dump([run(command, arguments) for command, arguments in json.load(sys.stdin)], sys.stdout)
