// SPDX-License-Identifier: Apache-2.0
// FP32 activation to code {flag, q mod 2^CODE_BITS} (docs/numerics.md, "Quantiser"):
//   flag = v > thr_pos or v < -thr_neg,  q = clamp(HA(fl(v * inv_s)), base, base + 2^CODE_BITS - 1)
// with inv_s and base chosen by the flag. Latency 4, one code a cycle.
//
// The configuration must hold still while values are in flight. A single-scale format has both
// thresholds at +infinity; its flag is always 0.
`default_nettype none

module quantizer #(
    parameter CODE_BITS = 4
) (
    input wire clk_i,
    input wire rst_ni,

    input wire        [       31:0] thr_pos_i,
    input wire        [       31:0] thr_neg_i,
    input wire        [       31:0] inv_s1_i,
    input wire        [       31:0] inv_s2_i,
    input wire signed [CODE_BITS:0] base1_i,
    input wire signed [CODE_BITS:0] base2_i,

    input  wire        valid_i,
    output wire        ready_o,
    input  wire [31:0] value_i,

    output wire               valid_o,
    input  wire               ready_i,
    output wire [CODE_BITS:0] code_o
);

  if (CODE_BITS < 4 || CODE_BITS > 8) begin : g_unsupported
    CODE_BITS_must_be_4_to_8 unsupported_configuration ();
  end

  // Integers of every legal range fit: -2^CODE_BITS to 2^(CODE_BITS+1) - 2.
  localparam INT_WIDTH = CODE_BITS + 2;
  localparam MUL_LATENCY = 2;

  wire en;
  valid_pipe #(
      .DEPTH(1 + MUL_LATENCY + 1)
  ) handshake (
      .clk_i  (clk_i),
      .rst_ni (rst_ni),
      .valid_i(valid_i),
      .ready_o(ready_o),
      .valid_o(valid_o),
      .ready_i(ready_i),
      .en_o   (en)
  );

  // Choose the scale.
  wire outlier = fp32_pkg::greater(value_i, thr_pos_i) |
                 fp32_pkg::greater({~thr_neg_i[31], thr_neg_i[30:0]}, value_i);
  wire [31:0] value_q;
  wire [31:0] inv_s_q;
  wire outlier_q;
  pipe #(
      .WIDTH(65),
      .DEPTH(1)
  ) choice_pipe (
      .clk_i (clk_i),
      .en_i  (en),
      .data_i({value_i, outlier ? inv_s2_i : inv_s1_i, outlier}),
      .data_o({value_q, inv_s_q, outlier_q})
  );

  // Multiply.
  wire [31:0] scaled;
  wire [4:0] unused_mul_flags;
  fp32_mul #(
      .LATENCY(MUL_LATENCY)
  ) mul (
      .clk_i   (clk_i),
      .en_i    (en),
      .a_i     (value_q),
      .b_i     (inv_s_q),
      .result_o(scaled),
      .flags_o (unused_mul_flags)
  );
  wire flag;
  pipe #(
      .WIDTH(1),
      .DEPTH(MUL_LATENCY)
  ) flag_pipe (
      .clk_i (clk_i),
      .en_i  (en),
      .data_i(outlier_q),
      .data_o(flag)
  );

  // Round, and clamp to the range that goes with the flag.
  wire signed [INT_WIDTH-1:0] rounded;
  wire [4:0] unused_to_int_flags;
  fp32_to_int #(
      .WIDTH  (INT_WIDTH),
      .LATENCY(0)
  ) to_int (
      .clk_i  (clk_i),
      .en_i   (en),
      .value_i(scaled),
      .int_o  (rounded),
      .flags_o(unused_to_int_flags)
  );
  wire signed [CODE_BITS:0] base = flag ? base2_i : base1_i;
  wire signed [INT_WIDTH-1:0] first = {base[CODE_BITS], base};
  wire signed [INT_WIDTH-1:0] last = first + {2'b00, {CODE_BITS{1'b1}}};
  wire signed [INT_WIDTH-1:0] q = (rounded < first) ? first : (rounded > last) ? last : rounded;

  pipe #(
      .WIDTH(CODE_BITS + 1),
      .DEPTH(1)
  ) code_pipe (
      .clk_i (clk_i),
      .en_i  (en),
      .data_i({flag, q[CODE_BITS-1:0]}),
      .data_o(code_o)
  );

  wire unused = &{1'b0, q[INT_WIDTH-1:CODE_BITS]};

endmodule

`default_nettype wire
