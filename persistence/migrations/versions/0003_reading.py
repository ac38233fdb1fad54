"""What large accounts are read from: indexes that hold what lists look at, and the search in a table of its own."""

from persistence.migrating import run_script

revision = "0003"
down_revision = "0002"

INDEXES = """
-- Looked through by searches and filters that many pass, and by counts of them.
DROP INDEX users_by_name;
CREATE INDEX users_by_name ON users (account_id, name_key, id)
    INCLUDE (search_text, status, source, role, is_iot_connected);

-- Finds those that a filter few pass names, and counts what any passes.
CREATE INDEX users_by_state ON users (account_id, status, source, role, is_iot_connected, id);

-- What it really costs, lest the planner call it for each user of an account where its index is at hand.
ALTER FUNCTION search_grams COST 100000;
"""

SEARCH = """
-- A copy of what follows from names and address: lists are read in their order from users, and by n-grams from here.
CREATE TABLE user_search (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    email_key text COLLATE "C" NOT NULL,
    search_text text COLLATE "C" NOT NULL
);
INSERT INTO user_search SELECT id, account_id, name_key, email_key, search_text FROM users;
DROP INDEX users_by_gram;
CREATE INDEX users_by_gram ON user_search USING gin (search_grams(account_id, search_text));

CREATE FUNCTION search_follows_added_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO user_search SELECT id, account_id, name_key, email_key, search_text FROM added;
    RETURN NULL;
END $$;
CREATE TRIGGER users_added_to_search AFTER INSERT ON users
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION search_follows_added_users();

CREATE FUNCTION search_follows_changed_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE user_search
    SET account_id = NEW.account_id, name_key = NEW.name_key, email_key = NEW.email_key, search_text = NEW.search_text
    WHERE id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER user_changed_in_search AFTER UPDATE ON users FOR EACH ROW
    WHEN ((OLD.account_id, OLD.name_key, OLD.email_key, OLD.search_text)
          <> (NEW.account_id, NEW.name_key, NEW.email_key, NEW.search_text))
    EXECUTE FUNCTION search_follows_changed_user();

-- A trigger by the set, where a foreign key would look for each user by itself.
CREATE FUNCTION search_follows_deleted_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM user_search USING gone WHERE user_search.id = gone.id;
    RETURN NULL;
END $$;
CREATE TRIGGER users_deleted_from_search AFTER DELETE ON users
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION search_follows_deleted_users();
"""

DROP_SEARCH = """
DROP TRIGGER users_added_to_search ON users;
DROP TRIGGER user_changed_in_search ON users;
DROP TRIGGER users_deleted_from_search ON users;
DROP FUNCTION search_follows_added_users, search_follows_changed_user, search_follows_deleted_users;
DROP TABLE user_search;
CREATE INDEX users_by_gram ON users USING gin (search_grams(account_id, search_text));
"""

DROP_INDEXES = """
ALTER FUNCTION search_grams COST 100;
DROP INDEX users_by_state;
DROP INDEX users_by_name;
CREATE INDEX users_by_name ON users (account_id, name_key, id);
"""


def upgrade() -> None:
    run_script(INDEXES)
    run_script(SEARCH)


def downgrade() -> None:
    run_script(DROP_SEARCH)
    run_script(DROP_INDEXES)
