// Tells the editor where its workers are: beside this script, where the package's own set-up asks a CDN.
// Imported before GraphiQL, which starts them.

const WORKERS = { graphql: "graphql.worker.js", json: "json.worker.js" };

globalThis.MonacoEnvironment = {
  getWorker: (_id, language) =>
    new Worker(`/graphiql/${WORKERS[language] ?? "editor.worker.js"}`, { type: "module" }),
};
