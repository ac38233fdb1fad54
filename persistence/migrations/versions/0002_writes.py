"""Sessions, the mails with their links, the log of changed users, and the queue of jobs."""

from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment

from persistence.migrating import run_script
from persistence.queue_names import QUEUE_NAMES

revision = "0002"
down_revision = "0001"

ENUMS = """
CREATE TYPE mail_kind AS ENUM ('WELCOME', 'PASSWORD_RESET');
CREATE TYPE mail_state AS ENUM ('PENDING', 'SENT', 'FAILED');
CREATE TYPE change_kind AS ENUM ('CREATED', 'UPDATED', 'DELETED');
"""

SESSIONS = """
-- A session that has ended is gone. Of tokens only the SHA-256 is kept (M5).
CREATE TABLE sessions (
    id uuid PRIMARY KEY DEFAULT new_id(),
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- Used ones stay until their session ends, so that one that comes back is known.
CREATE TABLE refresh_tokens (
    token_hash bytea PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    used_at timestamptz,
    CONSTRAINT refresh_token_is_sha256 CHECK (length(token_hash) = 32)
);
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session_id);
"""

MAILS = """
CREATE TABLE mailings (
    id uuid PRIMARY KEY DEFAULT new_id(),
    account_id uuid NOT NULL REFERENCES accounts,
    kind mail_kind NOT NULL,
    total integer NOT NULL,
    sent integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    CONSTRAINT mailing_is_for_somebody CHECK (total > 0),
    CONSTRAINT no_more_than_there_are CHECK (sent + failed <= total),
    CONSTRAINT finished_when_all_are_done CHECK ((sent + failed = total) = (finished_at IS NOT NULL))
);
CREATE INDEX mailings_of_account ON mailings (account_id, created_at);
CREATE INDEX finished_mailings ON mailings (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX unfinished_mailings ON mailings (created_at) WHERE finished_at IS NULL;

-- No foreign key to the people: a row outlives them, and holds nothing personal. Who deletes them gives up their mails.
CREATE TABLE mails (
    id uuid PRIMARY KEY DEFAULT new_id(),
    mailing_id uuid NOT NULL REFERENCES mailings,
    user_id uuid NOT NULL,
    kind mail_kind NOT NULL,
    state mail_state NOT NULL DEFAULT 'PENDING',
    message_id text,                             -- fixed before the first try (M6)
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    CONSTRAINT finished_mails_have_an_end CHECK ((state = 'PENDING') = (finished_at IS NULL)),
    CONSTRAINT tried_mails_have_a_message_id CHECK (attempts = 0 OR message_id IS NOT NULL)
);
CREATE INDEX due_mails ON mails (mailing_id, next_attempt_at, id) WHERE state = 'PENDING';
CREATE INDEX mails_of_user ON mails (user_id, kind, created_at);
CREATE INDEX mails_of_mailing ON mails (mailing_id);
CREATE INDEX finished_mails ON mails (finished_at) WHERE finished_at IS NOT NULL;

-- One link of each kind for a user: a newer mail's replaces it (M1, M2).
CREATE TABLE links (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    kind mail_kind NOT NULL,
    mail_id uuid NOT NULL,
    token_hash bytea NOT NULL UNIQUE,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (user_id, kind),
    CONSTRAINT link_token_is_sha256 CHECK (length(token_hash) = 32)
);
CREATE INDEX links_by_end ON links (expires_at);

-- The numbers of a mailing follow the states of its mails, whoever writes them.
CREATE FUNCTION count_finished_mails() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE mailings
    SET sent = mailings.sent + done.sent, failed = mailings.failed + done.failed,
        finished_at = CASE WHEN mailings.sent + mailings.failed + done.sent + done.failed = total
                           THEN clock_timestamp() END
    FROM (SELECT after.mailing_id, count(*) FILTER (WHERE after.state = 'SENT') AS sent,
                 count(*) FILTER (WHERE after.state = 'FAILED') AS failed
          FROM after JOIN before USING (id)
          WHERE before.state = 'PENDING' AND after.state <> 'PENDING' GROUP BY after.mailing_id) AS done
    WHERE mailings.id = done.mailing_id;
    RETURN NULL;
END $$;
CREATE TRIGGER mails_finished AFTER UPDATE ON mails
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION count_finished_mails();
"""

CHANGES = """
-- Which users changed, for those who watch. Whoever writes here holds the account's turn (persistence.accounts), so
-- that within an account ids follow the order of commits and a reader that goes on from an id misses nothing.
CREATE TABLE user_changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id uuid NOT NULL,
    kind change_kind NOT NULL,
    user_ids uuid[] NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX user_changes_of_account ON user_changes (account_id, id);
CREATE INDEX user_changes_by_time ON user_changes (at);

-- Up to when the clock's part in the total was taken into the revision (L1, L7).
ALTER TABLE license_counts ADD COLUMN counted_until timestamptz NOT NULL DEFAULT now();
CREATE INDEX license_subscriptions_by_start ON license_subscriptions (starts_at);
CREATE INDEX license_subscriptions_by_end ON license_subscriptions (expires_at) WHERE expires_at IS NOT NULL;
"""

DROP = """
DROP INDEX license_subscriptions_by_start, license_subscriptions_by_end;
ALTER TABLE license_counts DROP COLUMN counted_until;
DROP TABLE user_changes, links, mails, mailings, refresh_tokens, sessions;
DROP FUNCTION count_finished_mails;
DROP TYPE mail_kind, mail_state, change_kind;
"""


def upgrade() -> None:
    for part in (ENUMS, SESSIONS, MAILS, CHANGES, QueryBuilderEnvironment(QUEUE_NAMES).build_install_query()):
        run_script(part)


def downgrade() -> None:
    run_script(QueryBuilderEnvironment(QUEUE_NAMES).build_uninstall_query())
    run_script(DROP)
