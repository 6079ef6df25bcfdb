// Runs jsii's kernel in the one process that Python starts (see README.md).
//
// jsii starts a node that starts another and copies every message between the two, so that what libraries print stays out
// of the messages. Here the kernel talks to Python itself, and what is printed is put into jsii's frames on the way out.
"use strict";

const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const { Writable } = require("node:stream");

const ENTRY = path.join("bin", "jsii-runtime.js");
const OPTION = "--preserve-symlinks"; // what the kernel's packages are linked for

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
  changeChannel(program);
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

// Compiles the program with its channel changed, and everything else as it is.
function changeChannel(program) {
  const compile = Module.prototype._compile;

  Module.prototype._compile = function (text, filename, ...rest) {
    const source = filename === program ? text.replace(CHANNEL.from, CHANNEL.to) : text;
    return compile.call(this, source, filename, ...rest);
  };
}
