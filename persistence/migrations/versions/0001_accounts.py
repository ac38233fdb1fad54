"""Accounts, users, what is licensed to them, and the record of what was done."""

from persistence.migrating import run_script

revision = "0001"
down_revision = None

IDS = """
-- UUIDv7 (RFC 9562, section 5.7) where PostgreSQL has none of its own: 48 bits of milliseconds, the version, 12 bits of
-- what is left of the millisecond, then chance. Ids are no secrets, so random() will do: gen_random_uuid() asks the
-- operating system each time, which takes as long as adding the row.
CREATE FUNCTION new_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL RESTRICTED AS $$
    SELECT (overlay(lpad(to_hex((date_part('epoch', clock_timestamp()) * 4096000)::bigint), 15, '0')
                    PLACING '7' FROM 13 FOR 0)
            || to_hex((1::bigint << 63) | (random() * (1::bigint << 62))::bigint))::uuid
$$;
"""

ENUMS = """
CREATE TYPE account_kind AS ENUM ('CUSTOMER', 'PARTNER');
CREATE TYPE integration AS ENUM ('MITEAM_MEETINGS', 'MICOLLAB', 'MICLOUD_CONNECT', 'PBX', 'SCIM');
CREATE TYPE user_role AS ENUM ('USER', 'ACCOUNT_ADMIN', 'PARTNER');
CREATE TYPE user_status AS ENUM ('UNREGISTERED', 'REGISTERED', 'INACTIVE');
CREATE TYPE inactive_reason AS ENUM ('ACCOUNT_REMOVED', 'DEACTIVATED_BY_SOURCE');
CREATE TYPE user_source AS ENUM ('CONSOLE', 'IMPORT', 'SCIM', 'PBX', 'MICLOUD_CONNECT');
CREATE TYPE subject_kind AS ENUM ('ACCOUNT', 'USER', 'LICENSE_COUNT', 'LICENSE_SUBSCRIPTION');
"""

ACCOUNTS = """
CREATE TABLE accounts (
    id uuid PRIMARY KEY DEFAULT new_id(),
    number text COLLATE "C" NOT NULL UNIQUE,
    name text NOT NULL,
    name_key text COLLATE "C" NOT NULL,          -- the name, folded, for sorting
    search_text text COLLATE "C" NOT NULL,       -- name and number, folded, a space before each word
    kind account_kind NOT NULL,
    partner_id uuid,
    partner_kind account_kind GENERATED ALWAYS AS
        (CASE WHEN partner_id IS NOT NULL THEN 'PARTNER'::account_kind END) STORED,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (id, kind),
    FOREIGN KEY (partner_id, partner_kind) REFERENCES accounts (id, kind),
    CONSTRAINT customers_have_a_partner CHECK ((kind = 'CUSTOMER') = (partner_id IS NOT NULL))
);
CREATE INDEX accounts_of_partner ON accounts (partner_id, name_key, id);

CREATE TABLE account_integrations (
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    integration integration NOT NULL,
    turned_on_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, integration)
);
"""

USERS = """
CREATE TABLE users (
    id uuid PRIMARY KEY DEFAULT new_id(),
    account_id uuid NOT NULL,
    given_name text,
    first_name text,
    last_name text,
    -- U1: the name shown is the one given, else first and last name joined; one of the three must be there.
    name text NOT NULL GENERATED ALWAYS AS
        (coalesce(given_name, first_name || ' ' || last_name, first_name, last_name)) STORED,
    name_key text COLLATE "C" NOT NULL,          -- the name, folded, for sorting
    email text NOT NULL,
    email_key text COLLATE "C" NOT NULL,         -- the address without regard to case (U2)
    search_text text COLLATE "C" NOT NULL,       -- name, first name, last name and address, folded, a line each
    mobile text,
    role user_role NOT NULL DEFAULT 'USER',
    account_kind account_kind GENERATED ALWAYS AS
        (CASE role WHEN 'PARTNER' THEN 'PARTNER'::account_kind ELSE 'CUSTOMER'::account_kind END) STORED,
    status user_status NOT NULL DEFAULT 'UNREGISTERED',
    inactive_reason inactive_reason,
    source user_source NOT NULL DEFAULT 'CONSOLE',
    is_iot_connected boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    welcomed_at timestamptz,
    registered_at timestamptz,
    last_signed_in_at timestamptz,
    UNIQUE (account_id, email_key),
    -- What foreign keys name, and in the order of ids, as licenses of a product are: side by side they tell which users
    -- have one. There is no second index of the two columns: each makes a change of status dearer.
    CONSTRAINT users_of_account UNIQUE (account_id, id) INCLUDE (status, source, role, is_iot_connected),
    -- A partner is whoever is a user of a partner account, and nobody else (P1).
    FOREIGN KEY (account_id, account_kind) REFERENCES accounts (id, kind),
    CONSTRAINT inactive_users_have_a_reason CHECK ((status = 'INACTIVE') = (inactive_reason IS NOT NULL))
);
CREATE INDEX users_by_name ON users (account_id, name_key, id);
CREATE INDEX users_by_creation ON users (account_id, created_at, id);
CREATE INDEX users_by_change ON users (account_id, updated_at, id);
CREATE INDEX users_by_address ON users (email_key);
CREATE INDEX admins_of_account ON users (account_id) WHERE role = 'ACCOUNT_ADMIN' AND status <> 'INACTIVE';

-- Apart from users, so that no statement on users can fetch a secret.
CREATE TABLE credentials (
    user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    password_hash text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);

-- What outside sources sent of the users that they own (U6, U7); apart, since it is large and seldom read.
CREATE TABLE source_records (
    user_id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    source user_source NOT NULL,
    external_id text NOT NULL,
    last_synced_at timestamptz NOT NULL,
    attributes jsonb NOT NULL,
    UNIQUE (account_id, source, external_id),
    FOREIGN KEY (user_id, account_id) REFERENCES users (id, account_id) ON DELETE CASCADE,
    CONSTRAINT console_owns_no_record CHECK (source NOT IN ('CONSOLE', 'IMPORT'))
);
"""

SEARCH = """
-- The n-grams (n = 1 to 3) of a text, hashed together with its account, so that each account's postings lie apart.
CREATE FUNCTION search_grams(account_id uuid, body text) RETURNS bigint[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    letters text[] := string_to_array(body, NULL);
    seed bigint := uuid_hash_extended(account_id, 0);
    grams bigint[] := '{}';
    gram text;
BEGIN
    FOR i IN 1 .. cardinality(letters) LOOP
        gram := letters[i];
        CONTINUE WHEN gram = chr(10);
        grams := grams || hashtextextended(gram COLLATE "C", seed);
        CONTINUE WHEN letters[i + 1] IS NULL OR letters[i + 1] = chr(10);
        gram := gram || letters[i + 1];
        grams := grams || hashtextextended(gram COLLATE "C", seed);
        CONTINUE WHEN letters[i + 2] IS NULL OR letters[i + 2] = chr(10);
        grams := grams || hashtextextended((gram || letters[i + 2]) COLLATE "C", seed);
    END LOOP;
    RETURN grams;
END $$;

-- The n-grams that a text must hold to hold each of these parts: the longest there are, since the fewest hold them.
CREATE FUNCTION wanted_grams(account_id uuid, parts text[]) RETURNS bigint[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg(hashtextextended(substr(part, i, least(length(part), 3)) COLLATE "C",
                                      uuid_hash_extended(account_id, 0)))
    FROM unnest(parts) AS part, generate_series(1, greatest(length(part) - 2, 1)) AS i
$$;

CREATE INDEX users_by_gram ON users USING gin (search_grams(account_id, search_text));
"""

LICENSES = """
CREATE TABLE products (
    id uuid PRIMARY KEY DEFAULT new_id(),
    code text NOT NULL UNIQUE,
    name text NOT NULL
);

-- One row for each product that an account ever held; `total` follows from the subscriptions and the clock.
CREATE TABLE license_counts (
    id uuid PRIMARY KEY DEFAULT new_id(),
    account_id uuid NOT NULL REFERENCES accounts,
    product_id uuid NOT NULL REFERENCES products,
    assigned integer NOT NULL DEFAULT 0,
    revision integer NOT NULL DEFAULT 1,
    UNIQUE (account_id, product_id),
    CONSTRAINT assigned_is_a_count CHECK (assigned >= 0)
);

CREATE TABLE license_subscriptions (
    id uuid PRIMARY KEY DEFAULT new_id(),
    account_id uuid NOT NULL REFERENCES accounts,
    product_id uuid NOT NULL REFERENCES products,
    order_number text NOT NULL,
    quantity integer NOT NULL,
    starts_at timestamptz NOT NULL,
    expires_at timestamptz,
    UNIQUE (account_id, order_number, product_id),
    CONSTRAINT quantity_is_positive CHECK (quantity > 0),
    CONSTRAINT ends_after_its_start CHECK (expires_at > starts_at)
);
CREATE INDEX license_subscriptions_of_account ON license_subscriptions (account_id, product_id, starts_at);

CREATE TABLE licenses (
    user_id uuid NOT NULL,
    account_id uuid NOT NULL,
    product_id uuid NOT NULL,
    assigned_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, product_id),
    FOREIGN KEY (user_id, account_id) REFERENCES users (id, account_id) ON DELETE CASCADE,
    FOREIGN KEY (account_id, product_id) REFERENCES license_counts (account_id, product_id)
);
CREATE INDEX licenses_of_account ON licenses (account_id, product_id, user_id);
"""

COUNTS_FOLLOW = """
-- L4, L7: `assigned` follows the rows of licenses whoever writes them, and more than are in force are refused. The
-- update locks the count, so that writers of one count follow each other and each sees what the one before it did.
CREATE FUNCTION count_assigned_licenses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE license_counts
    SET assigned = assigned + added.quantity, revision = revision + 1
    FROM (SELECT account_id, product_id, count(*) AS quantity FROM changed GROUP BY account_id, product_id) AS added
    WHERE license_counts.account_id = added.account_id AND license_counts.product_id = added.product_id;
    IF EXISTS (
        SELECT FROM license_counts
        JOIN (SELECT DISTINCT account_id, product_id FROM changed) AS added USING (account_id, product_id)
        WHERE assigned > (
            SELECT coalesce(sum(quantity), 0) FROM license_subscriptions AS bought
            WHERE bought.account_id = license_counts.account_id AND bought.product_id = license_counts.product_id
              AND starts_at <= clock_timestamp() AND (expires_at IS NULL OR expires_at > clock_timestamp())
        )
    ) THEN
        RAISE EXCEPTION 'more licenses would be assigned than are in force'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'licenses_within_total';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER licenses_assigned AFTER INSERT ON licenses
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_assigned_licenses();

CREATE FUNCTION count_freed_licenses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE license_counts
    SET assigned = assigned - freed.quantity, revision = revision + 1
    FROM (SELECT account_id, product_id, count(*) AS quantity FROM changed GROUP BY account_id, product_id) AS freed
    WHERE license_counts.account_id = freed.account_id AND license_counts.product_id = freed.product_id;
    RETURN NULL;
END $$;
CREATE TRIGGER licenses_freed AFTER DELETE ON licenses
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_freed_licenses();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are inserted and deleted, never changed', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER licenses_never_change BEFORE UPDATE ON licenses
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A purchase opens the count of its product, and each change of one is a change of the count (L1, L7).
CREATE FUNCTION count_follows_subscription() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE license_counts SET revision = revision + 1
        WHERE account_id = OLD.account_id AND product_id = OLD.product_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO license_counts (account_id, product_id) VALUES (NEW.account_id, NEW.product_id)
        ON CONFLICT (account_id, product_id) DO UPDATE SET revision = license_counts.revision + 1;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER license_subscriptions_counted AFTER INSERT OR UPDATE OR DELETE ON license_subscriptions
    FOR EACH ROW EXECUTE FUNCTION count_follows_subscription();
"""

AUDIT = """
-- No foreign keys: an entry outlives whom it names, with their names as they were. One to the account, which nothing
-- deletes, would look it up again for each of 100,000 users who are deleted.
CREATE TABLE audit_events (
    id uuid PRIMARY KEY DEFAULT new_id(),
    account_id uuid NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    actor_id uuid,
    actor_name text NOT NULL,
    action text NOT NULL,
    subject_kind subject_kind,
    subject_id uuid,
    subject_name text NOT NULL,
    changes jsonb NOT NULL,
    request_id text NOT NULL,
    CONSTRAINT subjects_have_a_kind CHECK ((subject_kind IS NULL) = (subject_id IS NULL))
);
CREATE INDEX audit_events_of_account ON audit_events (account_id, at, id);
CREATE TRIGGER audit_events_never_change BEFORE UPDATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


DROP = """
DROP TABLE audit_events, licenses, license_subscriptions, license_counts, products CASCADE;
DROP TABLE source_records, credentials, users, account_integrations, accounts CASCADE;
DROP FUNCTION count_follows_subscription, count_assigned_licenses, count_freed_licenses, refuse_change;
DROP FUNCTION search_grams, wanted_grams, new_id;
DROP TYPE account_kind, integration, user_role, user_status, inactive_reason, user_source, subject_kind;
"""


def upgrade() -> None:
    for part in (IDS, ENUMS, ACCOUNTS, USERS, SEARCH, LICENSES, COUNTS_FOLLOW, AUDIT):
        run_script(part)


def downgrade() -> None:
    run_script(DROP)
