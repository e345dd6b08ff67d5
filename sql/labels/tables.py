"""What came true, and what challengers would have predicted."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    func,
)

from sql.base.tables import metadata

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

shadow_scores = Table(
    "shadow_scores",
    metadata,
    Column("prediction_id", Uuid, comment="Prediction of the champion for the same row."),
    Column("model_version", Integer, comment="Challenger that scored the row in shadow."),
    Column("use_case", Text, nullable=False),
    Column("prediction", Text, comment="Class it would have predicted; none of a regression."),
    Column("number", Double, comment="Number it would have predicted; none where classes are predicted."),
    Column("score", Double, comment="Probability, where the task has one."),
    Column("scores", ARRAY(Double), comment="Probabilities of all classes; multiclass only."),
    PrimaryKeyConstraint("prediction_id", "model_version"),
    comment="What challengers answer to rows that champions predicted; nobody was given these answers.",
)
