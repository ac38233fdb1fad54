// Resolvers of what is read.
import { fetch, rowId } from "./database.mjs";
import { shownPage, shownProduct, shownUser } from "./rows.mjs";
import * as statements from "./statements.mjs";

export const Query = {
  users: (_, { accountId, first, search }) => usersOf(rowId(accountId), first, search),
  user: async (_, { id }) => (await fetch("userById", statements.userById, [rowId(id)])).map(shownUser)[0] ?? null,
  accounts: async (_, { first }) => ({ nodes: await fetch("accounts", statements.accounts, [first]) }),
};

// Its page is read once, and only when it is asked for, whether for its nodes or its page information.
function usersOf(account, first, search) {
  let page;
  return { account, search, page: () => (page ??= readPage(account, first, search)) };
}

export const UserConnection = {
  nodes: async (users) => users.nodes ?? (await users.page()).nodes,
  pageInfo: async (users) => users.pageInfo ?? (await users.page()).pageInfo,
  totalCount: (users) => readTotal(users.account, users.search),
  facets: (users) => users,
};

export const UserFacets = {
  properties: async ({ account }) => {
    const [counts] = await fetch("properties", statements.properties, [account]);
    return Object.entries(counts).map(([property, count]) => ({ property, count }));
  },
  products: async ({ account }) => {
    const rows = await fetch("productTotals", statements.productTotals, [account]);
    return rows.map((row) => ({ product: shownProduct(row), count: row.count }));
  },
};

async function readPage(account, first, search) {
  const rows = search
    ? await fetch("foundPage", statements.foundPage, [...searched(account, search), first + 1])
    : await fetch("page", statements.page, [account, first + 1]);
  return shownPage(rows, first);
}

async function readTotal(account, search) {
  const [row] = search
    ? await fetch("foundTotal", statements.foundTotal, searched(account, search))
    : await fetch("total", statements.total, [account]);
  return row.total;
}

function searched(account, search) {
  const parts = search.toLowerCase().split(/\s+/).filter(Boolean);
  return [account, parts, parts.map((part) => `%${part}%`)];
}
