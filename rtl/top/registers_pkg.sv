// SPDX-License-Identifier: Apache-2.0
// The registers of w4a5se_top.
// Written by scripts/generate_registers from rtl/top/registers.txt.
`default_nettype none

package registers_pkg;

  localparam [7:0] ID = 8'h00;
  localparam [7:0] VERSION = 8'h04;
  localparam [7:0] BUILD = 8'h08;
  localparam [7:0] CHANNELS = 8'h0c;
  localparam [7:0] CONTROL = 8'h10;
  localparam [7:0] STATUS = 8'h14;
  localparam [7:0] ERRORS = 8'h18;
  localparam [7:0] FLAGS = 8'h1c;
  localparam [7:0] D_INNER = 8'h20;
  localparam [7:0] GATE = 8'h24;
  localparam [7:0] BASE1 = 8'h28;
  localparam [7:0] BASE2 = 8'h2c;
  localparam [7:0] S_WX = 8'h30;
  localparam [7:0] THR_POS = 8'h34;
  localparam [7:0] THR_NEG = 8'h38;
  localparam [7:0] INV_S1 = 8'h3c;
  localparam [7:0] INV_S2 = 8'h40;
  localparam [7:0] X_PROJ_INV_S = 8'h44;
  localparam [7:0] S1 = 8'h48;
  localparam [7:0] S2 = 8'h4c;
  localparam [7:0] S_DT = 8'h50;
  localparam [7:0] S_B = 8'h54;
  localparam [7:0] S_C = 8'h58;
  localparam [7:0] S_Z = 8'h5c;
  localparam [7:0] S_H = 8'h60;
  localparam [7:0] INV_S_H = 8'h64;
  localparam [7:0] CYCLES_LOW = 8'h80;
  localparam [7:0] CYCLES_HIGH = 8'h84;
  localparam [7:0] UPDATES_LOW = 8'h88;
  localparam [7:0] UPDATES_HIGH = 8'h8c;
  localparam [7:0] STALLS_LOW = 8'h90;
  localparam [7:0] STALLS_HIGH = 8'h94;

  // Windows of 1 MB: address bits 22:20.
  localparam [2:0] TABLE_CONV = 3'd1;
  localparam [2:0] TABLE_SKIP = 3'd2;
  localparam [2:0] TABLE_DT_BIAS = 3'd3;
  localparam [2:0] TABLE_A = 3'd4;
  localparam [2:0] TABLE_STATE = 3'd5;

  // Rules for what is written.
  localparam [2:0] RULE_ANY = 3'd0;
  localparam [2:0] RULE_SCALE = 3'd1;
  localparam [2:0] RULE_THRESHOLD = 3'd2;
  localparam [2:0] RULE_BASE = 3'd3;
  localparam [2:0] RULE_CHANNELS = 3'd4;
  localparam [2:0] RULE_BIT = 3'd5;

  // There is such a register.
  function automatic exists(input [7:0] offset);
    case (offset)
      ID: exists = 1'b1;
      VERSION: exists = 1'b1;
      BUILD: exists = 1'b1;
      CHANNELS: exists = 1'b1;
      CONTROL: exists = 1'b1;
      STATUS: exists = 1'b1;
      ERRORS: exists = 1'b1;
      FLAGS: exists = 1'b1;
      D_INNER: exists = 1'b1;
      GATE: exists = 1'b1;
      BASE1: exists = 1'b1;
      BASE2: exists = 1'b1;
      S_WX: exists = 1'b1;
      THR_POS: exists = 1'b1;
      THR_NEG: exists = 1'b1;
      INV_S1: exists = 1'b1;
      INV_S2: exists = 1'b1;
      X_PROJ_INV_S: exists = 1'b1;
      S1: exists = 1'b1;
      S2: exists = 1'b1;
      S_DT: exists = 1'b1;
      S_B: exists = 1'b1;
      S_C: exists = 1'b1;
      S_Z: exists = 1'b1;
      S_H: exists = 1'b1;
      INV_S_H: exists = 1'b1;
      CYCLES_LOW: exists = 1'b1;
      CYCLES_HIGH: exists = 1'b1;
      UPDATES_LOW: exists = 1'b1;
      UPDATES_HIGH: exists = 1'b1;
      STALLS_LOW: exists = 1'b1;
      STALLS_HIGH: exists = 1'b1;
      default: exists = 1'b0;
    endcase
  endfunction

  // Configuration: what is written stays.
  function automatic kept(input [7:0] offset);
    case (offset)
      D_INNER: kept = 1'b1;
      GATE: kept = 1'b1;
      BASE1: kept = 1'b1;
      BASE2: kept = 1'b1;
      S_WX: kept = 1'b1;
      THR_POS: kept = 1'b1;
      THR_NEG: kept = 1'b1;
      INV_S1: kept = 1'b1;
      INV_S2: kept = 1'b1;
      X_PROJ_INV_S: kept = 1'b1;
      S1: kept = 1'b1;
      S2: kept = 1'b1;
      S_DT: kept = 1'b1;
      S_B: kept = 1'b1;
      S_C: kept = 1'b1;
      S_Z: kept = 1'b1;
      S_H: kept = 1'b1;
      INV_S_H: kept = 1'b1;
      default: kept = 1'b0;
    endcase
  endfunction

  // A write does something.
  function automatic acts(input [7:0] offset);
    case (offset)
      CONTROL: acts = 1'b1;
      ERRORS: acts = 1'b1;
      default: acts = 1'b0;
    endcase
  endfunction

  function automatic [2:0] rule(input [7:0] offset);
    case (offset)
      D_INNER: rule = RULE_CHANNELS;
      GATE: rule = RULE_BIT;
      BASE1: rule = RULE_BASE;
      BASE2: rule = RULE_BASE;
      S_WX: rule = RULE_SCALE;
      THR_POS: rule = RULE_THRESHOLD;
      THR_NEG: rule = RULE_THRESHOLD;
      INV_S1: rule = RULE_SCALE;
      INV_S2: rule = RULE_SCALE;
      X_PROJ_INV_S: rule = RULE_SCALE;
      S1: rule = RULE_SCALE;
      S2: rule = RULE_SCALE;
      S_DT: rule = RULE_SCALE;
      S_B: rule = RULE_SCALE;
      S_C: rule = RULE_SCALE;
      S_Z: rule = RULE_SCALE;
      S_H: rule = RULE_SCALE;
      INV_S_H: rule = RULE_SCALE;
      default: rule = RULE_ANY;
    endcase
  endfunction

  // Of those kept; the bases reset to a value that depends on CODE_BITS.
  function automatic [31:0] reset(input [7:0] offset);
    case (offset)
      D_INNER: reset = 32'h1;
      GATE: reset = 32'h1;
      S_WX: reset = 32'h3f800000;
      THR_POS: reset = 32'h7f800000;
      THR_NEG: reset = 32'h7f800000;
      INV_S1: reset = 32'h3f800000;
      INV_S2: reset = 32'h3f800000;
      X_PROJ_INV_S: reset = 32'h3f800000;
      S1: reset = 32'h3f800000;
      S2: reset = 32'h3f800000;
      S_DT: reset = 32'h3f800000;
      S_B: reset = 32'h3f800000;
      S_C: reset = 32'h3f800000;
      S_Z: reset = 32'h3f800000;
      S_H: reset = 32'h3f800000;
      INV_S_H: reset = 32'h3f800000;
      default: reset = 32'd0;
    endcase
  endfunction

  localparam [31:0] ID_VALUE = 32'h57344135;
  localparam [31:0] VERSION_VALUE = 32'h00010000;

endpackage

`default_nettype wire
