// Rows as they are shown.
import { shownId } from "./database.mjs";

const NAMES = ["NAME", "FIRST_NAME", "LAST_NAME", "EMAIL"];
const LOCKED = {
  CONSOLE: [],
  IMPORT: [],
  SCIM: [...NAMES, "MOBILE"],
  PBX: NAMES,
  MICLOUD_CONNECT: [...NAMES, "MOBILE"],
};

export function shownUser(row) {
  row.key = row.id;
  row.id = shownId("user", row.id);
  row.isAccountAdmin = row.role === "ACCOUNT_ADMIN";
  row.lockedFields = LOCKED[row.source];
  return row;
}

export function shownProduct(row) {
  return { id: shownId("product", row.product_id), code: row.code, name: row.name };
}

export function shownCount(row) {
  const { total, assigned, available, revision } = row;
  return { id: shownId("count", row.id), product: shownProduct(row), total, assigned, available, revision };
}

// A connection over rows of which one too many was read.
export function shownPage(rows, size) {
  const nodes = rows.slice(0, size).map(shownUser);
  const last = nodes.at(-1);
  const place = last && JSON.stringify(["users NAME ASC", last.name_key, last.key.replaceAll("-", "")]);
  const endCursor = last ? Buffer.from(place).toString("base64url") : null;
  return { nodes, pageInfo: { hasNextPage: rows.length > size, endCursor } };
}
