// The page as it is built: GraphiQL with the examples in its tabs.

import "./workers.js";
import { GraphiQL } from "graphiql";
import "graphiql/style.css";
import { createClient } from "graphql-ws";
import { createRoot } from "react-dom/client";
import "./page.css";
import { openSession, tellWhyNot } from "./session.js";

const SIGNED_IN = `// The page signs in as a person of the demo.
// To ask as someone else:
// {"authorization": "Bearer …"}
`;
const SIGNED_OUT = `{"authorization": "Bearer "}`;

const place = document.getElementById("graphiql");

try {
  const { tabs, hasDemoToken, fetcher } = await openSession(createClient);
  const headers = hasDemoToken ? SIGNED_IN : SIGNED_OUT;
  createRoot(place).render(
    <GraphiQL
      defaultHeaders={headers}
      defaultTabs={tabs.map((tab) => ({ ...tab, headers }))}
      defaultTheme="light"
      fetcher={fetcher}
      plugins={[]}
    >
      <GraphiQL.Logo>Accounts gateway</GraphiQL.Logo>
    </GraphiQL>,
  );
} catch (error) {
  tellWhyNot(place, error);
}
