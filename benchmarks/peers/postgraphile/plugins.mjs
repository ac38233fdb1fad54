// What the tables do not tell: relations without a foreign key, two derived fields, and lists by the name of a product.
import { TYPES } from "postgraphile/@dataplan/pg";
import { lambda } from "postgraphile/grafast";
import { addPgTableOrderBy, extendSchema, jsonPgSmartTags, orderByAscDesc } from "postgraphile/utils";

const NAMES = ["NAME", "FIRST_NAME", "LAST_NAME", "EMAIL"];
const LOCKED = {
  CONSOLE: [],
  IMPORT: [],
  SCIM: [...NAMES, "MOBILE"],
  PBX: NAMES,
  MICLOUD_CONNECT: [...NAMES, "MOBILE"],
};

const relations = jsonPgSmartTags({
  version: 1,
  config: {
    class: {
      "public.credentials": { tags: { behavior: "-*" } },
      "public.users": { tags: { foreignKey: "(account_id) references public.accounts (id)" } },
      "public.licenses": {
        tags: {
          foreignKey: [
            "(user_id) references public.users (id)",
            "(product_id) references public.products (id)",
          ],
        },
      },
    },
  },
});

const derived = extendSchema({
  typeDefs: `
    extend type User {
      isAccountAdmin: Boolean!
      lockedFields: [String!]!
    }
  `,
  objects: {
    User: {
      plans: {
        isAccountAdmin: ($user) => lambda($user.get("role"), (role) => role === "ACCOUNT_ADMIN", true),
        lockedFields: ($user) => lambda($user.get("source"), (source) => LOCKED[source], true),
      },
    },
  },
});

const byProduct = ["licenses", "license_counts"].map((tableName) =>
  addPgTableOrderBy({ schemaName: "public", tableName }, ({ sql }) =>
    orderByAscDesc("PRODUCT_NAME", ($row) => ({
      fragment: sql`(SELECT name FROM public.products WHERE products.id = ${$row}.product_id)`,
      codec: TYPES.text,
    })),
  ),
);

export const plugins = [relations, derived, ...byProduct];
