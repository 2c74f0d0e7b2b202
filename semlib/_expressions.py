"""Small expressions over named figures, such as ``wins > 55``: read, checked and computed, never executed."""

from __future__ import annotations

import ast
import operator
from collections.abc import Mapping
from string import Formatter
from typing import Any

import numpy as np

from semlib.sem.intervals import seed_interval

_TWO = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
_ONE = {ast.USub: operator.neg, ast.Not: operator.not_}
_CALLS = {
    "abs": abs,
    "len": len,
    "max": max,
    "min": min,
    "round": round,
    "sum": sum,
    "mean": lambda values: float(np.mean(values)),
    "low": lambda values: seed_interval(values).low,
    "high": lambda values: seed_interval(values).high,
}


def evaluate(text: str, figures: Mapping[str, Any]) -> Any:
    """Compute an expression.

    Parameters
    ----------
    text : str
        Numbers, texts, lists, True, False, names of figures; ``+ - * / **``, comparisons, ``and or not in``,
        subscripts, ``a if b else c``; abs, len, max, min, round, sum; over a list of numbers, one a
        seed: mean, low and high (the 95 % interval of the mean).
    figures : mapping of str to object

    Raises
    ------
    ValueError
        If it holds anything else, or a name that is no figure.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise ValueError(f"the expression {text!r} cannot be read: {error.msg}") from None
    return _value(tree.body, figures, text)


def names_in(text: str) -> set[str]:
    """Return the names of the figures in an expression."""
    nodes = ast.walk(ast.parse(text.strip(), mode="eval"))
    return {node.id for node in nodes if isinstance(node, ast.Name)} - set(_CALLS)


def fill(text: str, figures: Mapping[str, Any]) -> str:
    """Fill the fields of a text as ``str.format`` does; a field holds an expression: ``{mean(ssl):.2f}``."""
    parts = []
    for words, field, form, _ in Formatter().parse(text):
        parts.append(words)
        if field is not None:
            value = evaluate(field, figures)
            parts.append("–" if value is None else format(value, form or ""))
    return "".join(parts)


def fields_of(text: str) -> list[str]:
    """Return the expressions in a text's fields."""
    return [field for _, field, _, _ in Formatter().parse(text) if field is not None]


def _value(node: ast.AST, figures: Mapping[str, Any], text: str) -> Any:
    def of(part: ast.AST) -> Any:
        return _value(part, figures, text)

    match node:
        case ast.Constant(value=bool() | int() | float() | str() as value):
            return value
        case ast.Name(id=name) if name in figures:
            return figures[name]
        case ast.Name(id=name):
            raise ValueError(
                f"the expression {text!r} names {name!r}, which is no figure; known: {sorted(figures)}"
            )
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [of(part) for part in parts]
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(of(part) for part in parts)
        case ast.BoolOp(op=ast.Or(), values=parts):
            return any(of(part) for part in parts)
        case ast.UnaryOp(op=op, operand=part) if type(op) in _ONE:
            return _ONE[type(op)](of(part))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _TWO:
            return _TWO[type(op)](of(left), of(right))
        case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in _TWO for op in ops):
            values = [of(left), *map(of, others)]
            pairs = zip(ops, values, values[1:], strict=False)
            return all(_TWO[type(op)](a, b) for op, a, b in pairs)
        case ast.IfExp(test=test, body=body, orelse=other):
            return of(body) if of(test) else of(other)
        case ast.Subscript(value=value, slice=key):
            return of(value)[of(key)]
        case ast.Call(func=ast.Name(id=name), args=parts, keywords=[]) if name in _CALLS:
            return _CALLS[name](*map(of, parts))
    raise ValueError(f"the expression {text!r} holds {ast.unparse(node)!r}; see semlib._expressions.evaluate")
