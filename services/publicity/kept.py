"""Tables that no event tells of: drafts, files, receipts, and how much the public form takes.

Everything in them is sealed, a keyed hash, or a count. A rebuild of the views leaves them alone.
"""

from typing import LiteralString

TABLES: tuple[LiteralString, ...] = (
    """
    CREATE TABLE IF NOT EXISTS objection_drafts (
        draft_id uuid PRIMARY KEY,
        box bytea NOT NULL,
        touched_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS form_buckets (
        bucket bytea PRIMARY KEY,
        tokens double precision NOT NULL,
        at timestamptz NOT NULL
    )
    """,
    "CREATE TABLE IF NOT EXISTS form_secret (one boolean PRIMARY KEY CHECK (one), sealed jsonb)",
    """
    CREATE TABLE IF NOT EXISTS objection_receipts (
        code bytea PRIMARY KEY,
        objection_id uuid NOT NULL UNIQUE
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS objection_files (
        objection_id uuid NOT NULL,
        sha256 text NOT NULL,
        size bigint NOT NULL,
        sealed jsonb,
        taken_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (objection_id, sha256)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS objection_file_pieces (
        objection_id uuid NOT NULL,
        sha256 text NOT NULL,
        number integer NOT NULL,
        box bytea NOT NULL,
        PRIMARY KEY (objection_id, sha256, number),
        FOREIGN KEY (objection_id, sha256) REFERENCES objection_files ON DELETE CASCADE
    )
    """,
)
