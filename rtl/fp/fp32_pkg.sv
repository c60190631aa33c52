// SPDX-License-Identifier: Apache-2.0
// What every FP32 unit knows about IEEE-754 binary32 (docs/numerics.md, "Arithmetic").
`default_nettype none

package fp32_pkg;

  localparam [31:0] CANONICAL_NAN = 32'h7FC0_0000;

  localparam [31:0] ONE = 32'h3F80_0000;

  localparam [9:0] BIAS = 10'd127;

  // Cycles through the compositions (fp32_gate, fp32_silu; fp32_softplus).
  localparam GATE_LATENCY = 19;
  localparam SOFTPLUS_LATENCY = 14;

  // Flags are {invalid, divide by zero, overflow, underflow, inexact}.
  localparam [4:0] INVALID = 5'd16;

  function automatic is_nan(input [31:0] x);
    is_nan = (&x[30:23]) & (|x[22:0]);
  endfunction

  function automatic is_signalling_nan(input [31:0] x);
    is_signalling_nan = (&x[30:23]) & ~x[22] & (|x[21:0]);
  endfunction

  function automatic is_inf(input [31:0] x);
    is_inf = (&x[30:23]) & ~(|x[22:0]);
  endfunction

  function automatic is_zero(input [31:0] x);
    is_zero = ~(|x[30:0]);
  endfunction

  // 24 bits with the hidden one, 0 in subnormal numbers.
  function automatic [23:0] significand(input [31:0] x);
    significand = {|x[30:23], x[22:0]};
  endfunction

  // Biased exponent that goes with `significand`: subnormal numbers share the least normal one.
  function automatic [7:0] exponent(input [31:0] x);
    exponent = {x[30:24], x[23] | ~(|x[30:23])};
  endfunction

  // a > b as IEEE compares: false with a NaN, and -0 equals +0.
  function automatic greater(input [31:0] a, input [31:0] b);
    if (is_nan(a) || is_nan(b) || (is_zero(a) && is_zero(b))) greater = 1'b0;
    else if (a[31] != b[31]) greater = b[31];
    else if (a[31]) greater = a[30:0] < b[30:0];
    else greater = a[30:0] > b[30:0];
  endfunction

endpackage

`default_nettype wire
