// Runs jsii's kernel in the one process that Python starts, and keeps its compiled code (see README.md).
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

const parts = require("./node_parts.js");

const ENTRY = path.join("bin", "jsii-runtime.js");
const OPTION = "--preserve-symlinks"; // what the kernel's packages are linked for
const CODE = path.join(__dirname, "..", "build", `node-code-${process.version}-${process.arch}`);
const MAX_CODE = 64 * 1024 * 1024; // bytes: a file as large holds the code of many releases, and is made anew

// What changes in jsii's program: the channel on which its kernel talks. The text must occur exactly once.
const CHANNEL = { from: "readFD:3,writeFD:3", to: "readFD:0,writeFD:1" };

// Returns the kernel's program when the file is jsii's entry point, after preparing this process for it; null otherwise.
exports.programFor = function (file) {
  if (!file.endsWith(ENTRY)) {
    return null;
  }
  const program = path.join(path.dirname(file), "..", "lib", "program.js");
  if (!fs.existsSync(program) || fs.readFileSync(program, "utf8").split(CHANNEL.from).length !== 2) {
    process.stderr.write("warning: jsii runs in two processes, which is slow: its program is not the one that is known\n");
    return null;
  }
  process.execArgv.push(OPTION); // it is set by NODE_OPTIONS; the program looks for it here
  frameWhatIsPrinted();
  compileOwnWay(parts.isOn("code") ? new Memory() : null, program);
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
function compileOwnWay(memory, program) {
  const compile = Module.prototype._compile;

  Module.prototype._compile = function (text, filename, ...rest) {
    const source = filename === program ? text.replace(CHANNEL.from, CHANNEL.to) : text;
    if (memory === null || source.startsWith("#!") || (rest[0] !== undefined && rest[0] !== "commonjs")) {
      return compile.call(this, source, filename, ...rest);
    }
    const key = crypto.createHash("sha1").update(source).digest("base64");
    const cachedData = memory.get(key);
    const importModuleDynamically = vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER;
    const script = new vm.Script(Module.wrap(source), { filename, cachedData, importModuleDynamically });
    if (!cachedData || script.cachedDataRejected) {
      memory.addAtExit(key, () => script.createCachedData()); // with what is compiled until then
    }
    const load = (id) => this.require(id);
    load.resolve = (request, options) => Module._resolveFilename(request, this, false, options);
    load.main = process.mainModule;
    load.extensions = Module._extensions;
    load.cache = Module._cache;
    return script.runInThisContext().call(this.exports, this.exports, load, this, filename, path.dirname(filename));
  };
}

// Buffers by key, from one run to the next.
class Memory {
  #kept = read();
  #late = new Map();

  constructor() {
    process.once("exit", () => {
      if (this.#late.size > 0) {
        this.#late.forEach((make, key) => this.#kept.set(key, make()));
        write(this.#kept);
      }
    });
  }

  get(key) {
    return this.#kept.get(key);
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
