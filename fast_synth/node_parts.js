// Which parts of the fast synth are on: `FAST_SYNTH` names them, and without a value all are (see activation.py).
"use strict";

const chosen = process.env.FAST_SYNTH ? process.env.FAST_SYNTH.split(",") : undefined;

exports.isOn = (part) => chosen === undefined || chosen.includes(part);
