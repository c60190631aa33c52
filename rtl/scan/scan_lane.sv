// SPDX-License-Identifier: Apache-2.0
// One lane of the scan's recurrence (docs/numerics.md, "Selective scan"): a state update a cycle,
//   h = fma(exp(fl(dt * A)), h, fl(B * du))        y = fma(h, C, y), y0 before the first n
// with its share of A and of the state in memories of its own, address {group of channels, n}. It
// moves while en_i is high.
//
// Stages, counted from the cycle in which an update is issued: 0 reads A and dt; 6 reads du, 8 h,
// 10 y0; B comes in at 7 and C at 11; 11 writes h (STATE_INT8: 5 reads and 14 writes); y leaves at
// 13, which is when the same channel's next n, issued two cycles later, wants it.
//
// STATE_INT8 stores q = clamp(RNE(fl(h * inv_s_h)), -128, 127) and goes on with fl(q * s_h).
`default_nettype none

module scan_lane #(
    parameter DEPTH = 2048,  // groups of channels times D_STATE
    parameter STATE_INT8 = 0,
    parameter ADDRESS_WIDTH = $clog2(DEPTH)
) (
    input wire clk_i,
    input wire en_i,

    input wire [31:0] s_h_i,
    input wire [31:0] inv_s_h_i,

    // A channel of a group that is being filled, into one of four entries.
    input wire        channel_write_i,
    input wire [ 1:0] channel_entry_i,
    input wire [31:0] dt_i,
    input wire [31:0] du_i,
    input wire [31:0] y0_i,

    // The update in each stage that looks something up.
    input wire [ADDRESS_WIDTH-1:0] a_address_i,       // stage 0
    input wire [              1:0] dt_entry_i,        // stage 0
    input wire [              1:0] du_entry_i,        // stage 6
    input wire [             31:0] b_i,               // stage 7
    input wire [ADDRESS_WIDTH-1:0] h_read_address_i,  // stage 8, or 5
    input wire                     h_clear_i,         // stage 9: a sequence starts
    input wire [              1:0] y0_entry_i,        // stage 10
    input wire                     y0_select_i,       // stage 10: the first n
    input wire [             31:0] c_i,               // stage 11
    input wire                     h_write_i,         // stage 11, or 14
    input wire [ADDRESS_WIDTH-1:0] h_write_address_i,

    // Tables, while the lanes are idle; the state is read back at h_read_address_i.
    input  wire                     a_table_write_i,
    input  wire                     h_table_write_i,
    input  wire [ADDRESS_WIDTH-1:0] table_address_i,
    input  wire [             31:0] table_data_i,
    input  wire                     h_table_read_i,
    output wire [             31:0] h_table_o,

    output wire [31:0] y_o,             // stage 13
    output wire [ 4:0] flags_stage3_o,  // dt * A
    output wire [ 4:0] flags_stage9_o,  // B * du
    output wire [ 4:0] flags_stage11_o, // h
    output wire [ 4:0] flags_stage13_o  // y
);

  localparam MUL_LATENCY = 2;
  localparam FMA_LATENCY = 2;
  localparam EXP_LATENCY = 6;

  // The channels in flight.
  logic [31:0] dt_entries[0:3];
  logic [31:0] du_entries[0:3];
  logic [31:0] y0_entries[0:3];
  logic [31:0] dt_q;
  logic [31:0] du_q;
  logic [31:0] y0_q;
  logic y0_select_q;
  always_ff @(posedge clk_i) begin
    if (channel_write_i) begin
      dt_entries[channel_entry_i] <= dt_i;
      du_entries[channel_entry_i] <= du_i;
      y0_entries[channel_entry_i] <= y0_i;
    end
    if (en_i) begin
      dt_q <= dt_entries[dt_entry_i];
      du_q <= du_entries[du_entry_i];
      y0_q <= y0_entries[y0_entry_i];
      y0_select_q <= y0_select_i;
    end
  end

  // a = exp(fl(dt * A))
  wire [31:0] a_coefficient;
  ram_1r1w #(
      .WIDTH(32),
      .DEPTH(DEPTH)
  ) a_coefficients (
      .clk_i          (clk_i),
      .write_i        (a_table_write_i),
      .write_address_i(table_address_i),
      .write_data_i   (table_data_i),
      .read_i         (en_i),
      .read_address_i (a_address_i),
      .read_data_o    (a_coefficient)
  );
  wire [31:0] exponent;
  fp32_mul #(
      .LATENCY(MUL_LATENCY)
  ) exponent_mul (
      .clk_i   (clk_i),
      .en_i    (en_i),
      .a_i     (dt_q),
      .b_i     (a_coefficient),
      .result_o(exponent),
      .flags_o (flags_stage3_o)
  );
  wire [31:0] a;
  fp32_exp #(
      .LATENCY(EXP_LATENCY)
  ) decay_exp (
      .clk_i   (clk_i),
      .en_i    (en_i),
      .x_i     (exponent),
      .result_o(a)
  );

  // b = fl(B * du)
  wire [31:0] b;
  fp32_mul #(
      .LATENCY(MUL_LATENCY)
  ) b_mul (
      .clk_i   (clk_i),
      .en_i    (en_i),
      .a_i     (b_i),
      .b_i     (du_q),
      .result_o(b),
      .flags_o (flags_stage9_o)
  );

  // h = fma(a, h, b)
  wire [31:0] h_stored;
  wire [31:0] h_new;
  fp32_fma #(
      .LATENCY(FMA_LATENCY)
  ) h_fma (
      .clk_i   (clk_i),
      .en_i    (en_i),
      .a_i     (a),
      .b_i     (h_clear_i ? 32'd0 : h_stored),
      .c_i     (b),
      .result_o(h_new),
      .flags_o (flags_stage11_o)
  );

  wire h_read = en_i | h_table_read_i;
  if (STATE_INT8 != 0) begin : g_state_int8
    wire [31:0] h_scaled;
    wire [4:0] unused_mul_flags;
    fp32_mul #(
        .LATENCY(MUL_LATENCY)
    ) quantize_mul (
        .clk_i   (clk_i),
        .en_i    (en_i),
        .a_i     (h_new),
        .b_i     (inv_s_h_i),
        .result_o(h_scaled),
        .flags_o (unused_mul_flags)
    );
    wire signed [7:0] q_new;
    wire [4:0] unused_to_int_flags;
    fp32_to_int #(
        .WIDTH(8),
        .HALF_EVEN(1),
        .LATENCY(1)
    ) quantize_to_int (
        .clk_i  (clk_i),
        .en_i   (en_i),
        .value_i(h_scaled),
        .int_o  (q_new),
        .flags_o(unused_to_int_flags)
    );

    wire [7:0] q_read;
    ram_1r1w #(
        .WIDTH(8),
        .DEPTH(DEPTH)
    ) states (
        .clk_i          (clk_i),
        .write_i        (h_write_i | h_table_write_i),
        .write_address_i(h_table_write_i ? table_address_i : h_write_address_i),
        .write_data_i   (h_table_write_i ? table_data_i[7:0] : q_new),
        .read_i         (h_read),
        .read_address_i (h_read_address_i),
        .read_data_o    (q_read)
    );
    assign h_table_o = {{24{q_read[7]}}, q_read};

    dequantizer #(
        .CODE_BITS(8)
    ) h_dequantize (
        .clk_i  (clk_i),
        .en_i   (en_i),
        .s1_i   (s_h_i),
        .s2_i   (s_h_i),
        .base1_i(9'h180),
        .base2_i(9'h180),
        .code_i ({1'b0, q_read}),
        .value_o(h_stored)
    );
  end else begin : g_state_fp32
    ram_1r1w #(
        .WIDTH(32),
        .DEPTH(DEPTH)
    ) states (
        .clk_i          (clk_i),
        .write_i        (h_write_i | h_table_write_i),
        .write_address_i(h_table_write_i ? table_address_i : h_write_address_i),
        .write_data_i   (h_table_write_i ? table_data_i : h_new),
        .read_i         (h_read),
        .read_address_i (h_read_address_i),
        .read_data_o    (h_stored)
    );
    assign h_table_o = h_stored;
    wire unused = &{1'b0, s_h_i, inv_s_h_i};
  end

  // y = fma(h, C, y)
  fp32_fma #(
      .LATENCY(FMA_LATENCY)
  ) y_fma (
      .clk_i   (clk_i),
      .en_i    (en_i),
      .a_i     (h_new),
      .b_i     (c_i),
      .c_i     (y0_select_q ? y0_q : y_o),
      .result_o(y_o),
      .flags_o (flags_stage13_o)
  );

endmodule

`default_nettype wire
