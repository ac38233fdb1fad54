// Builds the page into dist/: one script, one style sheet, the editor's workers, and each file packed as .gz beside it.

import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

rmSync("dist", { recursive: true, force: true });

await build({
  entryPoints: {
    main: "src/main.jsx",
    "editor.worker": "monaco-editor/esm/vs/editor/editor.worker.js",
    "graphql.worker": "monaco-graphql/esm/graphql.worker.js",
    "json.worker": "monaco-editor/esm/vs/language/json/json.worker.js",
  },
  outdir: "dist",
  assetNames: "[name]",
  bundle: true,
  // No splitting: esbuild would put the editor's style sheet into a chunk that nothing loads.
  format: "esm",
  jsx: "automatic",
  loader: { ".ttf": "file" },
  minify: true,
  target: "es2022",
});
cpSync("src/index.html", "dist/index.html");

for (const name of readdirSync("dist")) {
  writeFileSync(`dist/${name}.gz`, gzipSync(readFileSync(`dist/${name}`), { level: 9 }));
}
