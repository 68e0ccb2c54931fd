"""What a SELECT shows and sorts by, spelt out: stars, ordinals, output names, USING, a SELECT around another."""

from __future__ import annotations

from sqlglot import exp

from evaluator.trees.names import Scope, column_of, has_tail, identifier, strip_names
from evaluator.trees.spelling import bare


def spell_out_using(holder: exp.Expr, label: str, scope: Scope) -> bool:
    """JOIN ... USING as ON."""
    tests = []
    for column in holder.args.get("using") or ():
        name = column.name
        left = next((s for s in scope.values() if s.label != label and s.columns and name in s.columns), None)
        if left is None or left.columns is None:
            left = next(iter(scope.values()))
        right = next(s for s in scope.values() if s.label == label)
        ends = [(s.columns or {}).get(name, name) for s in (left, right)]
        tests.append(exp.EQ(this=column_of(left.label, ends[0]), expression=column_of(label, ends[1])))
    if tests:
        holder.set("on", exp.and_(*tests, copy=False))
    return bool(tests)


def spell_out_stars(node: exp.Select, scope: Scope) -> list[str]:
    """Spell out stars where the columns are known; the output names as written."""
    items: list[exp.Expr] = []
    written: list[str] = []
    for item in node.expressions:
        star = isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star))
        wanted = [s for name, s in scope.items() if not isinstance(item, exp.Column) or name == item.table]
        if not star or not wanted or any(source.columns is None for source in wanted):
            items.append(item)
            written.append(item.alias_or_name or item.output_name)
            continue
        for name, source in scope.items():
            if source in wanted:
                items += [exp.Column(this=identifier(c), table=identifier(name)) for c in source.columns or ()]
                written += list(source.columns or ())
    node.set("expressions", items)
    return written


def resolve_keys(node: exp.Select, scope: Scope) -> None:
    """Ordinals and output names in GROUP BY and ORDER BY as the expressions that they stand for."""
    items = [item.unalias() for item in node.expressions]
    names = [item.alias for item in node.expressions]
    inputs = {name for source in scope.values() for name in source.columns or ()}

    def stands_for(key: exp.Expr, *, output_first: bool) -> exp.Expr | None:
        if isinstance(key, exp.Literal) and not key.is_string and key.name.isdigit():
            place = int(key.name) - 1
            return items[place].copy() if 0 <= place < len(items) else None
        if isinstance(key, exp.Column) and not key.table and key.name in names:
            return items[names.index(key.name)].copy() if output_first or key.name not in inputs else None
        return None

    group, order = node.args.get("group"), node.args.get("order")
    for key in list(group.expressions) if group is not None else []:
        found = stands_for(bare(key), output_first=False)
        if found is not None:
            key.replace(found)
    for item in order.expressions if order is not None else ():
        found = stands_for(bare(item.this), output_first=True)
        if found is not None:
            item.set("this", found)


def unwrap(node: exp.Select, *, named: bool) -> None:
    """`SELECT * FROM (query)` is the query."""
    from_ = node.args.get("from_")
    source = from_.this if from_ is not None else None
    if not isinstance(source, exp.Subquery) or node.parent is None:
        return
    if any(node.args.get(key) for key in ("joins", "where", "group", "having", "distinct", "windows", "with_")):
        return
    inner = source.this
    shown = [item.unalias() for item in node.expressions]
    expected = [f"c{number}" for number in range(1, len(inner.selects) + 1)]
    if [item.name for item in shown if isinstance(item, exp.Column)] != expected or len(shown) != len(expected):
        return
    if has_tail(node) and (has_tail(inner) or not isinstance(inner, exp.Select)):
        return
    behind = {name: item.unalias() for name, item in zip(expected, inner.selects, strict=True)}
    order = node.args.get("order")
    for column in list(order.find_all(exp.Column)) if order is not None else []:
        if column.table == source.alias:
            column.replace(behind[column.name].copy())
    for key in ("order", "limit", "offset"):
        if node.args.get(key):
            inner.set(key, node.args[key])
    if not named:
        strip_names(inner)
    node.replace(inner)
