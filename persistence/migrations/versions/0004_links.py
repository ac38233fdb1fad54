"""A link is for the address that it was mailed to (U9)."""

from persistence.migrating import run_script

revision = "0004"
down_revision = "0003"

UP = """
ALTER TABLE links ADD COLUMN email text;
UPDATE links SET email = users.email FROM users WHERE users.id = links.user_id;
ALTER TABLE links ALTER COLUMN email SET NOT NULL;
"""

DOWN = "ALTER TABLE links DROP COLUMN email;"


def upgrade() -> None:
    run_script(UP)


def downgrade() -> None:
    run_script(DOWN)
