"""The table of names in docs/sinks.md and ClickHouse's columns are what proxy/sinks/record_columns.h
says; docs/scaling.md quotes config/deploy/clickhouse as it is. With --write the names are written."""

import pathlib
import re
import sys

SQL = pathlib.Path("config/deploy/clickhouse")
PAGE = pathlib.Path("docs/sinks.md")
BEGIN, END = "<!-- names: begin -->\n", "<!-- names: end -->\n"
COLUMN = re.compile(r'\{\s*"([^"]+)",\s*ColumnKind::(\w+)((?:,\s*(?:\{\}|"[^"]*"))*)\s*\}')


def columns():
    """(path, kind, column, ECS name, OpenTelemetry name) of each row of the table."""
    source = pathlib.Path("proxy/sinks/record_columns.h").read_text()
    table = re.sub(r"//.*", "", source[source.index("kRecordColumns = "):source.index("});")])
    rows = []
    for path, kind, given in COLUMN.findall(table):
        names = [name.strip(' \n"{}') for name in given.split(",")[1:]] + [""] * 3
        plain = path.replace("[]", "")
        default = "websocket." + plain
        rows.append((path, kind, names[0] or plain.replace(".", "_"), names[1] or default,
                     names[2] or default))
    assert len(rows) == table.count("ColumnKind::"), "a row of record_columns.h has another shape"
    return rows


def names_table():
    lines = ["| record | ClickHouse | ECS | OpenTelemetry |", "|---|---|---|---|"]
    for path, kind, column, ecs, opentelemetry in columns():
        shown = f"`{column}`, `{column}_us`" if kind == "time" else f"`{column}`"
        lines.append(f"| `{path}` | {shown} | `{ecs}` | `{opentelemetry}` |")
    return "\n".join(lines) + "\n"


def schema_columns():
    text = (SQL / "schema.sql").read_text()
    table = text[text.index("(\n"):text.index("\n)\n")]
    return re.findall(r"^    `(\w+)`", table, re.M)


def faults():
    page = PAGE.read_text()
    if page.partition(BEGIN)[2].partition(END)[0] != names_table():
        yield "docs/sinks.md: its names are not those of record_columns.h: check_sinks.py --write"
    wanted = ["instance"]
    for _, kind, column, _, _ in columns():
        wanted += [column, column + "_us"] if kind == "time" else [column]
    if schema_columns() != wanted:
        yield f"{SQL}/schema.sql: columns differ: {set(wanted) ^ set(schema_columns())}"
    scaling = pathlib.Path("docs/scaling.md").read_text()
    for path in sorted(SQL.rglob("*.sql")):
        if f"```sql\n{path.read_text()}```" not in scaling and path.name != "schema.sql":
            yield f"docs/scaling.md does not quote {path} as it is"
    engine = (SQL / "schema.sql").read_text()
    if f"```sql\n{engine[engine.index('ENGINE'):]}```" not in scaling:
        yield f"docs/scaling.md does not quote {SQL}/schema.sql from ENGINE on"


if "--write" in sys.argv:
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(before + BEGIN + names_table() + END + rest.partition(END)[2])
found = list(faults())
print("\n".join(found) or "names, columns and queries are what the tables say")
sys.exit(1 if found else 0)
