"""What came true: the table of labels."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, Double, Table, Text, Uuid, func

from sql.tables import metadata

labels = Table(
    "labels",
    metadata,
    # The id begins with the time, so a range of time is a range of ids here as in the tables of predictions.
    Column("prediction_id", Uuid, primary_key=True, comment="Prediction that is labelled."),
    Column("use_case", Text, nullable=False),
    Column("label", Text, comment="Name of the class that came true; none of a regression."),
    Column("number", Double, comment="Number that came true; none where classes are predicted."),
    Column("labelled_at", DateTime(timezone=True), nullable=False, comment="When it was known; the latest one stays."),
    Column("source", Text, nullable=False, comment="Door through which it came."),
    Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("num_nonnulls(label, number) = 1", name="class_or_number"),
    comment="What came true, for predictions of which it is known.",
)
