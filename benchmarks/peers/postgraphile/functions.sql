-- What PostGraphile's documentation calls custom queries, computed columns and custom mutations.
DROP SCHEMA IF EXISTS postgraphile_peer CASCADE;
CREATE SCHEMA postgraphile_peer;
SET search_path = postgraphile_peer, public;

CREATE FUNCTION search_matches(account uuid, search text) RETURNS SETOF user_search LANGUAGE sql STABLE AS $$
    SELECT * FROM public.user_search
    WHERE public.search_grams(account_id, search_text)
          @> public.wanted_grams(account, string_to_array(lower(search), ' '))
      AND search_text LIKE ALL
          (string_to_array('%' || replace(lower(search), ' ', '%' || chr(1) || '%') || '%', chr(1)))
$$;

-- With its size as an argument, so that only those of the page are looked up.
CREATE FUNCTION found_users(account uuid, search text, size integer) RETURNS SETOF users LANGUAGE sql STABLE AS $$
    SELECT * FROM public.users
    WHERE id IN (
        SELECT id FROM postgraphile_peer.search_matches(account, search) ORDER BY name_key, id LIMIT size
    )
    ORDER BY name_key, id
$$;

CREATE FUNCTION license_counts_total(count license_counts) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(quantity), 0)::integer FROM public.license_subscriptions AS bought
    WHERE bought.account_id = count.account_id AND bought.product_id = count.product_id
      AND starts_at <= now() AND (expires_at IS NULL OR expires_at > now())
$$;

CREATE FUNCTION license_counts_available(count license_counts) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT greatest(postgraphile_peer.license_counts_total(count) - count.assigned, 0)
$$;

CREATE TYPE property_count AS (property text, count integer);
CREATE FUNCTION property_counts(account uuid) RETURNS SETOF property_count LANGUAGE sql STABLE AS $$
    SELECT unnest(ARRAY['ADMINS', 'USERS', 'REGISTERED', 'UNREGISTERED', 'PBX_USERS', 'MICLOUD_CONNECTED',
                        'IOT_CONNECTED', 'INACTIVE']),
           unnest(ARRAY[count(*) FILTER (WHERE role IN ('ACCOUNT_ADMIN', 'PARTNER')),
                        count(*),
                        count(*) FILTER (WHERE status = 'REGISTERED'),
                        count(*) FILTER (WHERE status = 'UNREGISTERED'),
                        count(*) FILTER (WHERE source = 'PBX'),
                        count(*) FILTER (WHERE source = 'MICLOUD_CONNECT'),
                        count(*) FILTER (WHERE is_iot_connected),
                        count(*) FILTER (WHERE status = 'INACTIVE')])::integer
    FROM public.users WHERE account_id = account
$$;

CREATE TYPE product_total AS (product_id uuid, code text, name text, count integer);
CREATE FUNCTION product_totals(account uuid) RETURNS SETOF product_total LANGUAGE sql STABLE AS $$
    SELECT id, code, name, coalesce(total, 0)::integer
    FROM public.products LEFT JOIN (
        SELECT product_id, count(*) AS total FROM public.licenses WHERE account_id = account GROUP BY product_id
    ) AS given ON product_id = id
    ORDER BY name, id
$$;

CREATE TYPE license_change AS
    (matched integer, changed integer, unchanged integer, total integer, assigned integer, available integer);

CREATE FUNCTION license_change_of(account uuid, product uuid, user_ids uuid[], changed integer, action text)
RETURNS license_change LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    count public.license_counts;
    matched integer := (SELECT count(*) FROM public.users WHERE account_id = account AND id = ANY(user_ids));
    total integer;
BEGIN
    INSERT INTO public.audit_events
        (account_id, actor_name, action, subject_kind, subject_id, subject_name, changes, request_id)
    VALUES (account, 'benchmark', action, 'ACCOUNT', account, 'benchmark', '{}', 'benchmark');
    SELECT * INTO count FROM public.license_counts WHERE account_id = account AND product_id = product;
    total := postgraphile_peer.license_counts_total(count);
    RETURN (matched, changed, matched - changed, total, count.assigned, greatest(total - count.assigned, 0));
END $$;
COMMENT ON FUNCTION license_change_of IS '@behavior -*';

CREATE FUNCTION bulk_assign_licenses(account uuid, product uuid, user_ids uuid[]) RETURNS license_change
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    changed integer;
BEGIN
    INSERT INTO public.licenses (user_id, account_id, product_id)
    SELECT id, account_id, product FROM public.users
    WHERE account_id = account AND id = ANY(user_ids) AND status <> 'INACTIVE'
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN postgraphile_peer.license_change_of(account, product, user_ids, changed, 'bulkAssignLicenses');
END $$;

CREATE FUNCTION bulk_unassign_licenses(account uuid, product uuid, user_ids uuid[]) RETURNS license_change
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    changed integer;
BEGIN
    DELETE FROM public.licenses WHERE account_id = account AND product_id = product AND user_id = ANY(user_ids);
    GET DIAGNOSTICS changed = ROW_COUNT;
    RETURN postgraphile_peer.license_change_of(account, product, user_ids, changed, 'bulkUnassignLicenses');
END $$;

RESET search_path;
