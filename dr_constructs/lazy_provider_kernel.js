// Runs jsii's kernel in the one process that Python starts, and keeps its compiled code (see lazy_provider.py).
//
// jsii starts a node that starts another and copies every message between the two, so that what libraries print stays out
// of the messages. Here the kernel talks to Python itself, and what is printed is put into jsii's frames on the way out.
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const { Writable } = require("node:stream");
const v8 = require("node:v8");
const vm = require("node:vm");

const ENTRY = path.join("bin", "jsii-runtime.js");
const OPTION = "--preserve-symlinks"; // what the kernel's packages are linked for
const CODE = path.join(__dirname, "..", "build", `node-code-${process.version}-${process.arch}`);
const MAX_CODE = 64 * 1024 * 1024; // bytes: a file as large holds the code of many releases, and is made anew

// What changes in the sources: the kernel's channel; the digest by which jsii finds a package of 34 MB in its cache is
// remembered while the file stays as it is; and cdktf's tokens do not note the stack that made them, which is always jsii's
// own. Each text must occur exactly once.
const CHANNEL = { from: "readFD:3,writeFD:3", to: "readFD:0,writeFD:1" };
const DIGEST = {
  from: "{return readFileChunks(e,()=>{},...p)}",
  to: "{return globalThis.rememberedDigest(()=>readFileChunks(e,()=>{},...p),e,...p)}",
};
const STACK = { from: "Error.stackTraceLimit = Number.MAX_SAFE_INTEGER;", to: "Error.stackTraceLimit = 0;" };
const STACK_FILE = path.join("cdktf", "lib", "tokens", "private", "stack-trace.js");

// What cdktf loads for archives and for the versions of binaries: some 250 modules that a synth has no use for.
const LATE = new Set(["archiver", "semver"]);
const CDKTF = path.join("cdktf", "lib", path.sep);

const isIn = (change, source) => source.split(change.from).length === 2;
const warn = (text) => process.stderr.write(`warning: ${text}\n`);

// Returns the kernel's program when the file is jsii's entry point, after preparing this process for it; null otherwise.
exports.programFor = function (file) {
  if (!file.endsWith(ENTRY)) {
    return null;
  }
  const program = path.join(path.dirname(file), "..", "lib", "program.js");
  if (!fs.existsSync(program) || !isIn(CHANNEL, fs.readFileSync(program, "utf8"))) {
    warn("jsii runs in two processes, which is slow: its program is not the one that is known");
    return null;
  }
  process.execArgv.push(OPTION); // it is set by NODE_OPTIONS; the program looks for it here
  // The space for young objects grows to 32 MB and more, for a process that lives for a second or two.
  v8.setFlagsFromString("--semi-space-growth-factor=1");
  frameWhatIsPrinted();
  const memory = new Memory();
  globalThis.rememberedDigest = (digest, file, ...comments) => {
    const { ino, size, mtimeMs, ctimeMs } = fs.statSync(file);
    const key = JSON.stringify([file, ino, size, mtimeMs, ctimeMs, ...comments]);
    return memory.get(key) ?? memory.add(key, digest());
  };
  keepCompiledCode(memory, program);
  return program;
};

function frameWhatIsPrinted() {
  for (const name of ["stdout", "stderr"]) {
    const framed = new Writable({
      decodeStrings: true,
      write(chunk, _encoding, done) {
        fs.writeSync(2, `${JSON.stringify({ [name]: chunk.toString("base64") })}\n`);
        done();
      },
    });
    Object.defineProperty(process, name, { get: () => framed });
  }
}

// Compiles modules from what an earlier run left, as the package v8-compile-cache does. Node's own cache goes by the file's
// path, and jsii's differ from run to run. Entries go by content: V8 compares no more than the length.
function keepCompiledCode(memory, program) {
  const compile = Module.prototype._compile;

  Module.prototype._compile = function (text, filename, ...rest) {
    if (text.startsWith("#!") || (rest[0] !== undefined && rest[0] !== "commonjs")) {
      return compile.call(this, text, filename, ...rest);
    }
    const changes = filename === program ? [CHANNEL, DIGEST] : filename.endsWith(STACK_FILE) ? [STACK] : [];
    const source = changes.reduce((old, each) => changed(old, each, filename), text);
    const key = crypto.createHash("sha1").update(source).digest("base64");
    const cachedData = memory.get(key);
    const importModuleDynamically = vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER;
    const script = new vm.Script(Module.wrap(source), { filename, cachedData, importModuleDynamically });
    if (!cachedData || script.cachedDataRejected) {
      memory.addAtExit(key, () => script.createCachedData()); // with what is compiled until then
    }
    const isLate = (id) => LATE.has(id) && filename.includes(CDKTF);
    const load = (id) => (isLate(id) ? loadedWhenUsed(() => this.require(id)) : this.require(id));
    load.resolve = (request, options) => Module._resolveFilename(request, this, false, options);
    load.main = process.mainModule;
    load.extensions = Module._extensions;
    load.cache = Module._cache;
    return script.runInThisContext().call(this.exports, this.exports, load, this, filename, path.dirname(filename));
  };
}

function changed(source, change, filename) {
  if (isIn(change, source)) {
    return source.replace(change.from, change.to);
  }
  warn(`synth is slower than it could be: ${path.basename(filename)} is not the one that is known`);
  return source;
}

// Stands for a module until somebody calls it or asks for a part of it.
function loadedWhenUsed(load) {
  return new Proxy(function () {}, {
    get: (_, name) => load()[name],
    apply: (_, self, given) => Reflect.apply(load(), self, given),
  });
}

// Buffers by key, from one run to the next.
class Memory {
  #kept = read();
  #late = new Map();
  #isChanged = false;

  constructor() {
    process.once("exit", () => {
      this.#late.forEach((make, key) => this.add(key, make()));
      if (this.#isChanged) {
        write(this.#kept);
      }
    });
  }

  get(key) {
    return this.#kept.get(key);
  }

  add(key, value) {
    this.#kept.set(key, value);
    this.#isChanged = true;
    return value;
  }

  addAtExit(key, make) {
    this.#late.set(key, make);
  }
}

function read() {
  try {
    return fs.statSync(CODE).size < MAX_CODE ? v8.deserialize(fs.readFileSync(CODE)) : new Map();
  } catch {
    return new Map(); // there is none, or none that can be read
  }
}

function write(kept) {
  const unfinished = `${CODE}.${process.pid}`;
  try {
    fs.mkdirSync(path.dirname(CODE), { recursive: true });
    fs.writeFileSync(unfinished, v8.serialize(kept));
    fs.renameSync(unfinished, CODE);
  } catch {
    fs.rmSync(unfinished, { force: true }); // where nothing can be written, every run starts from nothing
  }
}
