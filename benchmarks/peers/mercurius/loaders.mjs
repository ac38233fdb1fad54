// One statement for each edge, however many objects it starts from. Caching off, as the documentation advises: it
// would write every object as JSON for its key.
import { fetch, shownId } from "./database.mjs";
import { shownCount, shownPage, shownProduct } from "./rows.mjs";
import * as statements from "./statements.mjs";

const opts = { cache: false };

async function licenses(queries) {
  const rows = await fetch("licenses", statements.licenses, [queries.map(({ obj }) => obj.key)]);
  const byUser = grouped(rows, "user_id");
  return queries.map(({ obj }) =>
    (byUser.get(obj.key) ?? []).map((row) => ({ assignedAt: row.assignedAt, product: shownProduct(row) })),
  );
}

async function licenseCounts(queries) {
  const rows = await fetch("counts", statements.counts, [queries.map(({ obj }) => obj.id)]);
  const byAccount = grouped(rows, "account_id");
  return queries.map(({ obj }) => (byAccount.get(obj.id) ?? []).map(shownCount));
}

async function users(queries) {
  const size = queries[0].params.first;
  const rows = await fetch("firstPages", statements.firstPages, [queries.map(({ obj }) => obj.id), size + 1]);
  const byAccount = grouped(rows, "account_id");
  return queries.map(({ obj }) => ({ account: obj.id, ...shownPage(byAccount.get(obj.id) ?? [], size) }));
}

function grouped(rows, column) {
  const groups = new Map();
  for (const row of rows) {
    const group = groups.get(row[column]);
    if (group) group.push(row);
    else groups.set(row[column], [row]);
  }
  return groups;
}

export const loaders = {
  User: { licenses: { loader: licenses, opts } },
  Account: { licenseCounts: { loader: licenseCounts, opts }, users: { loader: users, opts } },
};

export const Account = { id: (account) => shownId("account", account.id) };
