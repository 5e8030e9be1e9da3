"""All that a database holds, as text, for a test that looks for what must not be there."""

import json
from typing import Any

from sqlalchemy import Engine, select
from sqlmodel import SQLModel

from connectors.transcript import unpacked


def everything(engine: Engine) -> dict[str, str]:
    """All that the database holds, as text, by table and column."""
    found = {}
    with engine.connect() as connection:
        for table in SQLModel.metadata.sorted_tables:
            for column in table.columns:
                values = connection.execute(select(column)).scalars().all()
                if column.name == "payload":
                    values = [json.dumps(unpacked(one), ensure_ascii=False) for one in values if one]
                found[f"{table.name}.{column.name}"] = "\n".join(_text(one) for one in values)
    return found


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
