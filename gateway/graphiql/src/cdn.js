// The page where nothing was built: the same session, with GraphiQL from the CDN's scripts.

import { openSession, tellWhyNot } from "./session.js";

const place = document.getElementById("graphiql");
const { GraphiQL, React, ReactDOM, graphqlWs } = globalThis;

if (GraphiQL && React && ReactDOM && graphqlWs) {
  try {
    const { tabs, fetcher } = await openSession(graphqlWs.createClient);
    const props = { defaultTabs: tabs, fetcher, plugins: [] };
    ReactDOM.createRoot(place).render(React.createElement(GraphiQL, props));
  } catch (error) {
    tellWhyNot(place, error);
  }
} else {
  place.textContent = "GraphiQL was not built and the CDN cannot be reached: run `make graphiql`, then start the gateway again.";
}
