// Assigning and taking away licenses in one transaction, with its audit entry, announced after the commit.
import { fetch, pool, rowId } from "./database.mjs";
import { shownCount } from "./rows.mjs";
import * as statements from "./statements.mjs";

export const Mutation = {
  bulkAssignLicenses: (_, { input }, { pubsub }) => change(input, "assign", "bulkAssignLicenses", pubsub),
  bulkUnassignLicenses: (_, { input }, { pubsub }) => change(input, "unassign", "bulkUnassignLicenses", pubsub),
};

export const Subscription = {
  licenseCounts: { subscribe: (_, { accountId }, { pubsub }) => pubsub.subscribe(topic(accountId)) },
};

async function change(input, statement, action, pubsub) {
  const [account, product] = [rowId(input.accountId), rowId(input.productId)];
  const ids = input.target.ids.map(rowId);
  const { outcome, licenseCount } = await inTransaction(async (client) => {
    const [{ matched }] = await fetch("matched", statements.matched, [account, ids], client);
    const values = [account, product, ids];
    const { rowCount } = await client.query({ name: statement, text: statements[statement], values });
    await fetch("audit", statements.audit, [account, action], client);
    const [count] = await fetch("count", statements.count, [account, product], client);
    return {
      outcome: { matched, changed: rowCount, unchanged: matched - rowCount },
      licenseCount: shownCount(count),
    };
  });
  await pubsub.publish({ topic: topic(input.accountId), payload: { licenseCounts: licenseCount } });
  return { outcome, licenseCount, userErrors: [] };
}

async function inTransaction(work) {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const result = await work(client);
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}

function topic(accountId) {
  return `license-counts-${accountId}`;
}
