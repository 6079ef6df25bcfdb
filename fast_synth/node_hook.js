// Preloaded by node (see activation.py). It resolves the AWS provider's npm package to the lazy index that it ships, lets
// jsii finish the index of the package's types, which makes every later run cheap, and has jsii run in one process.
"use strict";

const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const threads = require("node:worker_threads");

const kernel = require("./node_kernel.js");
const parts = require("./node_parts.js");

const EAGER = path.join("node_modules", "@cdktf", "provider-aws", "lib", "index.js");
const GETTER = /^Object\.defineProperty\(exports, '(\w+)', \{ get: function \(\) \{ return require\('\.\/[\w-]+'\); \} \}\);$/gm;
// CDK Terrain's bindings wrap each module.
const EXPORT = /^exports\.(\w+) = (?:__importStar\()?require\("\.\/[\w-]+(?:\/index)?"\)\)?;$/gm;

// The lazy index serves when it names exactly the modules that the eager one does.
function isComplete(eager, lazy) {
  const names = (file, pattern) => Array.from(fs.readFileSync(file, "utf8").matchAll(pattern), (match) => match[1]).sort();
  const expected = names(eager, EXPORT);
  return expected.length > 0 && expected.join() === names(lazy, GETTER).join();
}

function choose(eager) {
  const lazy = path.join(path.dirname(eager), "lazy-index.js");
  if (fs.existsSync(lazy) && isComplete(eager, lazy)) {
    return lazy;
  }
  process.stderr.write(
    "warning: @cdktf/provider-aws is loaded as a whole, which is slow: its lazy-index.js is missing or incomplete\n",
  );
  return eager;
}

const resolve = Module._resolveFilename;
const choices = new Map();

Module._resolveFilename = function (...args) {
  const filename = resolve.apply(this, args);
  const [, , isMain] = args;
  if (isMain && threads.isMainThread && parts.isOn("process")) {
    return kernel.programFor(filename) ?? filename;
  }
  if (!parts.isOn("index") || !filename.endsWith(EAGER)) {
    return filename;
  }
  if (!choices.has(filename)) {
    choices.set(filename, choose(filename));
  }
  return choices.get(filename);
};

// jsii writes the index of a package's types in a worker, beside the first run that loads the package. It is lost when the
// process ends sooner, and then every run parses 120 MB of JSON again: an app as quick as ours would never get an index.
// So the process waits for the worker, once a machine, for some two seconds.
const INDEXER = "runtime-index-worker.js";
const indexers = new Set();

threads.Worker = class extends threads.Worker {
  constructor(file, options) {
    super(file, options);
    if (String(file).endsWith(INDEXER)) {
      indexers.add(this);
      this.once("exit", () => indexers.delete(this));
    }
  }
};

const exit = process.exit;

process.exit = function (code) {
  if (indexers.size === 0) {
    return exit.call(process, code);
  }
  const [indexer] = indexers;
  indexer.once("exit", () => process.exit(code));
};
