// The SQL of all operations.
const NAMES = "name_key, id";

const USER = `
  id, name, first_name AS "firstName", last_name AS "lastName", email, mobile, role, status,
  inactive_reason AS "inactiveReason", source, is_iot_connected AS "isIotConnected", version, name_key,
  created_at AS "createdAt", updated_at AS "updatedAt", welcomed_at AS "welcomedAt",
  registered_at AS "registeredAt", last_signed_in_at AS "lastSignedInAt"`;

const MATCHES = `
  FROM user_search
  WHERE search_grams(account_id, search_text) @> wanted_grams($1, $2) AND search_text LIKE ALL($3)`;

const TOTAL = `
  SELECT coalesce(sum(quantity), 0)::integer AS total FROM license_subscriptions AS bought
  WHERE bought.account_id = license_counts.account_id AND bought.product_id = license_counts.product_id
    AND starts_at <= now() AND (expires_at IS NULL OR expires_at > now())`;

const COUNT = `
  license_counts.id, license_counts.account_id, total, assigned, greatest(total - assigned, 0) AS available,
  revision, product_id, products.code, products.name
  FROM license_counts JOIN products ON products.id = product_id, LATERAL (${TOTAL}) AS bought`;

export const userById = `SELECT ${USER} FROM users WHERE id = $1`;
export const page = `SELECT ${USER} FROM users WHERE account_id = $1 ORDER BY ${NAMES} LIMIT $2`;
export const foundPage = `
  SELECT ${USER} FROM users
  WHERE id IN (SELECT id ${MATCHES} ORDER BY ${NAMES} LIMIT $4) ORDER BY ${NAMES}`;
export const foundTotal = `SELECT count(*)::integer AS total ${MATCHES}`;
export const total = "SELECT count(*)::integer AS total FROM users WHERE account_id = $1";

export const firstPages = `
  SELECT account_id, page.* FROM unnest($1::uuid[]) AS account_id, LATERAL (
    SELECT ${USER} FROM users WHERE users.account_id = account_id.account_id ORDER BY ${NAMES} LIMIT $2
  ) AS page`;

export const licenses = `
  SELECT user_id, assigned_at AS "assignedAt", product_id, code, name
  FROM licenses JOIN products ON products.id = product_id
  WHERE user_id = ANY($1) ORDER BY name, product_id`;

export const accounts = `
  SELECT id, number, name FROM accounts
  WHERE id = (SELECT id FROM accounts WHERE kind = 'PARTNER' ORDER BY number LIMIT 1)
     OR partner_id = (SELECT id FROM accounts WHERE kind = 'PARTNER' ORDER BY number LIMIT 1)
  ORDER BY name_key, id LIMIT $1`;

export const counts = `
  SELECT ${COUNT} WHERE license_counts.account_id = ANY($1) ORDER BY products.name, products.id`;
export const count = `SELECT ${COUNT} WHERE license_counts.account_id = $1 AND product_id = $2`;

export const properties = `
  SELECT count(*) FILTER (WHERE role IN ('ACCOUNT_ADMIN', 'PARTNER'))::integer AS "ADMINS",
    count(*)::integer AS "USERS",
    count(*) FILTER (WHERE status = 'REGISTERED')::integer AS "REGISTERED",
    count(*) FILTER (WHERE status = 'UNREGISTERED')::integer AS "UNREGISTERED",
    count(*) FILTER (WHERE source = 'PBX')::integer AS "PBX_USERS",
    count(*) FILTER (WHERE source = 'MICLOUD_CONNECT')::integer AS "MICLOUD_CONNECTED",
    count(*) FILTER (WHERE is_iot_connected)::integer AS "IOT_CONNECTED",
    count(*) FILTER (WHERE status = 'INACTIVE')::integer AS "INACTIVE"
  FROM users WHERE account_id = $1`;

export const productTotals = `
  SELECT id AS product_id, code, name, coalesce(total, 0)::integer AS count
  FROM products LEFT JOIN (
    SELECT product_id, count(*) AS total FROM licenses WHERE account_id = $1 GROUP BY product_id
  ) AS given ON product_id = id
  ORDER BY name, id`;

export const matched = "SELECT count(*)::integer AS matched FROM users WHERE account_id = $1 AND id = ANY($2)";
export const assign = `
  INSERT INTO licenses (user_id, account_id, product_id)
  SELECT id, account_id, $2 FROM users WHERE account_id = $1 AND id = ANY($3) AND status <> 'INACTIVE'
  ON CONFLICT DO NOTHING`;
export const unassign = "DELETE FROM licenses WHERE account_id = $1 AND product_id = $2 AND user_id = ANY($3)";
export const audit = `
  INSERT INTO audit_events
    (account_id, actor_name, action, subject_kind, subject_id, subject_name, changes, request_id)
  VALUES ($1, 'benchmark', $2, 'ACCOUNT', $1, 'benchmark', '{}', 'benchmark')`;
