// SPDX-License-Identifier: Apache-2.0
// The scan's front end (docs/numerics.md, "Selective scan"): one channel a cycle,
//   u  = fl(q_u * s), or u_i itself where it is FP32      dt = softplus(fma(s_dt, q_dt, dt_bias))
//   du = fl(dt * u)                                       y0 = fl(D * u), the skip
// It moves while en_i is high. Latency LATENCY of this file.
//
// FP32_INPUT 1: u_fp32_i says that u_i is FP32, not a code. SCALE_PER_CHANNEL 1: s1 and s2 belong to
// the channel beside them; else they hold still while channels are inside.
`default_nettype none

module scan_front #(
    parameter D_INNER_MAX = 2048,
    parameter CODE_BITS = 4,
    parameter FP32_INPUT = 0,
    parameter SCALE_PER_CHANNEL = 0,
    parameter CHANNEL_WIDTH = $clog2(D_INNER_MAX) + 1
) (
    input wire clk_i,
    input wire rst_ni,
    input wire en_i,

    input wire        [       31:0] s1_i,
    input wire        [       31:0] s2_i,
    input wire signed [CODE_BITS:0] base1_i,
    input wire signed [CODE_BITS:0] base2_i,
    input wire                      u_fp32_i,
    input wire        [       31:0] s_dt_i,

    input wire                     skip_write_i,  // table of D
    input wire                     bias_write_i,  // table of dt_bias
    input wire [CHANNEL_WIDTH-1:0] table_channel_i,
    input wire [             31:0] table_data_i,

    input wire                     valid_i,
    input wire [CHANNEL_WIDTH-1:0] channel_i,
    input wire [             31:0] u_i,
    input wire [              7:0] dt_i,
    input wire [              7:0] z_i,
    input wire                     first_i,

    output wire        valid_o,
    output wire [31:0] dt_o,
    output wire [31:0] du_o,
    output wire [31:0] y0_o,
    output wire [ 7:0] z_o,
    output wire        first_o,
    output wire [ 4:0] flags_o  // of this cycle, of valid channels only
);

  localparam FMA_LATENCY = 2;
  localparam MUL_LATENCY = 2;
  localparam DEQUANTIZE_LATENCY = 3;
  localparam FROM_INT_LATENCY = 1;
  localparam FMA_AT = FROM_INT_LATENCY + FMA_LATENCY;  // its result
  localparam DT_AT = FMA_AT + fp32_pkg::SOFTPLUS_LATENCY;
  localparam LATENCY = DT_AT + MUL_LATENCY;
  localparam U_WIDTH = (FP32_INPUT != 0) ? 32 : CODE_BITS + 1;
  localparam ADDRESS_WIDTH = (D_INNER_MAX > 1) ? $clog2(D_INNER_MAX) : 1;

  // Which stages hold a channel.
  logic [LATENCY:1] valid_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= {LATENCY{1'b0}};
    else if (en_i) valid_q <= {valid_q[LATENCY-1:1], valid_i};
  end
  assign valid_o = valid_q[LATENCY];

  // dt = softplus(fma(s_dt, q_dt, dt_bias))
  wire [31:0] q_dt;
  wire [4:0] unused_from_int_flags;
  fp32_from_int #(
      .WIDTH  (8),
      .LATENCY(FROM_INT_LATENCY)
  ) dt_from_int (
      .clk_i   (clk_i),
      .en_i    (en_i),
      .int_i   (dt_i),
      .result_o(q_dt),
      .flags_o (unused_from_int_flags)
  );

  wire [31:0] dt_bias;
  ram_1r1w #(
      .WIDTH(32),
      .DEPTH(D_INNER_MAX)
  ) dt_biases (
      .clk_i          (clk_i),
      .write_i        (bias_write_i),
      .write_address_i(table_channel_i[ADDRESS_WIDTH-1:0]),
      .write_data_i   (table_data_i),
      .read_i         (en_i),
      .read_address_i (channel_i[ADDRESS_WIDTH-1:0]),
      .read_data_o    (dt_bias)
  );

  wire [31:0] dt_raw;
  wire [4:0] fma_flags;
  fp32_fma #(
      .LATENCY(FMA_LATENCY)
  ) dt_fma (
      .clk_i   (clk_i),
      .en_i    (en_i),
      .a_i     (s_dt_i),
      .b_i     (q_dt),
      .c_i     (dt_bias),
      .result_o(dt_raw),
      .flags_o (fma_flags)
  );

  wire [31:0] dt;
  fp32_softplus softplus (
      .clk_i   (clk_i),
      .en_i    (en_i),
      .x_i     (dt_raw),
      .result_o(dt)
  );

  // u, in time for dt; what waits is the code, but u where its scales are there only now.
  localparam U_WAIT = DT_AT - DEQUANTIZE_LATENCY;
  wire [U_WIDTH-1:0] u_waited;
  pipe #(
      .WIDTH(U_WIDTH),
      .DEPTH((SCALE_PER_CHANNEL != 0) ? 0 : U_WAIT)
  ) u_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i(u_i[U_WIDTH-1:0]),
      .data_o(u_waited)
  );
  wire [31:0] u_dequantized;
  dequantizer #(
      .CODE_BITS(CODE_BITS)
  ) u_dequantize (
      .clk_i  (clk_i),
      .en_i   (en_i),
      .s1_i   (s1_i),
      .s2_i   (s2_i),
      .base1_i(base1_i),
      .base2_i(base2_i),
      .code_i (u_waited[CODE_BITS:0]),
      .value_o(u_dequantized)
  );

  wire [31:0] u_found;
  if (FP32_INPUT != 0) begin : g_fp32_input
    wire [31:0] u_fp32;
    pipe #(
        .WIDTH(32),
        .DEPTH(DEQUANTIZE_LATENCY)
    ) u_fp32_pipe (
        .clk_i (clk_i),
        .en_i  (en_i),
        .data_i(u_waited),
        .data_o(u_fp32)
    );
    assign u_found = u_fp32_i ? u_fp32 : u_dequantized;
  end else begin : g_code_input
    wire unused = &{1'b0, u_fp32_i, u_i[31:U_WIDTH]};
    assign u_found = u_dequantized;
  end
  wire [31:0] u;
  pipe #(
      .WIDTH(32),
      .DEPTH((SCALE_PER_CHANNEL != 0) ? U_WAIT : 0)
  ) u_wait (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i(u_found),
      .data_o(u)
  );

  // du = fl(dt * u)
  wire [4:0] du_flags;
  fp32_mul #(
      .LATENCY(MUL_LATENCY)
  ) du_mul (
      .clk_i   (clk_i),
      .en_i    (en_i),
      .a_i     (dt),
      .b_i     (u),
      .result_o(du_o),
      .flags_o (du_flags)
  );

  // y0 = fl(D * u); D is read when u is due.
  wire [ADDRESS_WIDTH-1:0] skip_address;
  pipe #(
      .WIDTH(ADDRESS_WIDTH),
      .DEPTH(DT_AT - 1)
  ) skip_address_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i(channel_i[ADDRESS_WIDTH-1:0]),
      .data_o(skip_address)
  );
  wire [31:0] skip;
  ram_1r1w #(
      .WIDTH(32),
      .DEPTH(D_INNER_MAX)
  ) skips (
      .clk_i          (clk_i),
      .write_i        (skip_write_i),
      .write_address_i(table_channel_i[ADDRESS_WIDTH-1:0]),
      .write_data_i   (table_data_i),
      .read_i         (en_i),
      .read_address_i (skip_address),
      .read_data_o    (skip)
  );
  wire [4:0] y0_flags;
  fp32_mul #(
      .LATENCY(MUL_LATENCY)
  ) y0_mul (
      .clk_i   (clk_i),
      .en_i    (en_i),
      .a_i     (skip),
      .b_i     (u),
      .result_o(y0_o),
      .flags_o (y0_flags)
  );

  // What only waits for the rest.
  pipe #(
      .WIDTH(32),
      .DEPTH(MUL_LATENCY)
  ) dt_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i(dt),
      .data_o(dt_o)
  );
  pipe #(
      .WIDTH(9),
      .DEPTH(LATENCY)
  ) z_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({z_i, first_i}),
      .data_o({z_o, first_o})
  );

  assign flags_o = ({5{en_i & valid_q[FMA_AT]}} & fma_flags) |
                   ({5{en_i & valid_q[LATENCY]}} & (du_flags | y0_flags));

  wire unused_bits = &{1'b0, channel_i, table_channel_i};

endmodule

`default_nettype wire
