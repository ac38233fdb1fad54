"""What sending mails and cleaning up after it look for."""

from persistence.migrating import run_script

revision = "0004"
down_revision = "0002"

INDEXES = """
CREATE INDEX mails_of_mailing ON mails (mailing_id);
CREATE INDEX finished_mailings ON mailings (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX links_by_end ON links (expires_at);
"""

DROP = """
DROP INDEX mails_of_mailing, finished_mailings, links_by_end;
"""


def upgrade() -> None:
    run_script(INDEXES)


def downgrade() -> None:
    run_script(DROP)
