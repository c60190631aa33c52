// SPDX-License-Identifier: Apache-2.0
// The scan's B and C of a token as FP32, fl(s_B * q_B[n]) and fl(s_C * q_C[n]), in two banks: one is
// read while the next token's fills. One n a cycle in; the first token is ready D_STATE + 4 cycles
// after its first beat.
//
// Reading: address {bank, n}, data one cycle after read_i, which may hold.
`default_nettype none

module scan_bc #(
    parameter D_STATE = 16,
    parameter N_WIDTH = $clog2(D_STATE)
) (
    input wire clk_i,
    input wire rst_ni,

    input wire [31:0] s_b_i,
    input wire [31:0] s_c_i,

    input  wire       valid_i,
    output wire       ready_o,
    input  wire [7:0] b_i,
    input  wire [7:0] c_i,

    output wire       token_ready_o,  // a bank that no channel has started with is full
    input  wire       start_i,        // the last channels of that token have started
    input  wire       free_i,         // they are done; the bank may fill again
    output wire       busy_o,

    input  wire             b_read_i,
    input  wire [N_WIDTH:0] b_address_i,
    output wire [     31:0] b_o,
    input  wire             c_read_i,
    input  wire [N_WIDTH:0] c_address_i,
    output wire [     31:0] c_o
);

  localparam LATENCY = 3;  // of the dequantisers

  logic [N_WIDTH:0] address_q;  // {bank, n} of the next beat
  logic [1:0] full_q;  // banks that are full or about to be
  logic [1:0] ready_q;  // banks full and not started with
  wire take = valid_i & ready_o;
  wire taken_last = take & (&address_q[N_WIDTH-1:0]);
  assign ready_o = ~full_q[1];
  assign token_ready_o = |ready_q;
  assign busy_o = (|full_q) | (|address_q[N_WIDTH-1:0]);

  // Dequantise.
  logic [LATENCY:1] valid_q;
  wire [N_WIDTH:0] write_address;
  pipe #(
      .WIDTH(N_WIDTH + 1),
      .DEPTH(LATENCY)
  ) address_pipe (
      .clk_i (clk_i),
      .en_i  (1'b1),
      .data_i(address_q),
      .data_o(write_address)
  );
  wire [31:0] b;
  dequantizer #(
      .CODE_BITS(8)
  ) b_dequantize (
      .clk_i  (clk_i),
      .en_i   (1'b1),
      .s1_i   (s_b_i),
      .s2_i   (s_b_i),
      .base1_i(9'h180),
      .base2_i(9'h180),
      .code_i ({1'b0, b_i}),
      .value_o(b)
  );
  wire [31:0] c;
  dequantizer #(
      .CODE_BITS(8)
  ) c_dequantize (
      .clk_i  (clk_i),
      .en_i   (1'b1),
      .s1_i   (s_c_i),
      .s2_i   (s_c_i),
      .base1_i(9'h180),
      .base2_i(9'h180),
      .code_i ({1'b0, c_i}),
      .value_o(c)
  );

  wire landed = valid_q[LATENCY] & (&write_address[N_WIDTH-1:0]);
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      address_q <= {N_WIDTH + 1{1'b0}};
      valid_q <= {LATENCY{1'b0}};
      full_q <= 2'd0;
      ready_q <= 2'd0;
    end else begin
      if (take) address_q <= address_q + 1'b1;
      valid_q <= {valid_q[LATENCY-1:1], take};
      full_q  <= full_q + {1'b0, taken_last} - {1'b0, free_i};
      ready_q <= ready_q + {1'b0, landed} - {1'b0, start_i};
    end
  end

  ram_1r1w #(
      .WIDTH(32),
      .DEPTH(2 * D_STATE)
  ) b_banks (
      .clk_i          (clk_i),
      .write_i        (valid_q[LATENCY]),
      .write_address_i(write_address),
      .write_data_i   (b),
      .read_i         (b_read_i),
      .read_address_i (b_address_i),
      .read_data_o    (b_o)
  );
  ram_1r1w #(
      .WIDTH(32),
      .DEPTH(2 * D_STATE)
  ) c_banks (
      .clk_i          (clk_i),
      .write_i        (valid_q[LATENCY]),
      .write_address_i(write_address),
      .write_data_i   (c),
      .read_i         (c_read_i),
      .read_address_i (c_address_i),
      .read_data_o    (c_o)
  );

endmodule

`default_nettype wire
