// SPDX-License-Identifier: Apache-2.0
// acc_o = sum of w[i] * x[t-3+i], i = 0..3, an exact integer, and the channel's bias beside it
// (docs/numerics.md, "Convolution"). Holds the history and the parameters of every channel; counts
// the channels 0 to d_inner - 1 of each token itself.
//
// Latency 2, one channel a cycle; with d_inner 1 one in two, since the history that a beat reads is
// written in the cycle after the beat before it.
`default_nettype none

module conv_taps #(
    parameter D_INNER_MAX   = 2048,
    parameter ADDRESS_WIDTH = $clog2(D_INNER_MAX)
) (
    input wire clk_i,
    input wire rst_ni,

    input wire [ADDRESS_WIDTH:0] d_inner_i,

    input wire                     param_write_i,
    input wire [ADDRESS_WIDTH-1:0] param_address_i,
    input wire [             31:0] param_weights_i,
    input wire [             31:0] param_bias_i,

    input  wire       valid_i,
    output wire       ready_o,
    input  wire [7:0] x_i,
    input  wire       first_i,

    output wire               valid_o,
    input  wire               ready_i,
    output wire signed [17:0] acc_o,
    output wire        [31:0] bias_o
);

  // Read: a beat meets its channel's words a cycle after it came.
  wire read_ready;
  wire read_valid;
  wire sum_ready;
  wire read_en;
  wire same_channel = read_valid & (d_inner_i == {{ADDRESS_WIDTH{1'b0}}, 1'b1});
  wire taken = valid_i & ready_o;
  assign ready_o = read_ready & ~same_channel;
  valid_pipe #(
      .DEPTH(1)
  ) read_handshake (
      .clk_i  (clk_i),
      .rst_ni (rst_ni),
      .valid_i(taken),
      .ready_o(read_ready),
      .valid_o(read_valid),
      .ready_i(sum_ready),
      .en_o   (read_en)
  );

  logic [ADDRESS_WIDTH-1:0] channel_q;
  wire [ADDRESS_WIDTH:0] next_channel = {1'b0, channel_q} + 1'b1;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) channel_q <= {ADDRESS_WIDTH{1'b0}};
    else if (taken) begin
      channel_q <= (next_channel == d_inner_i) ? {ADDRESS_WIDTH{1'b0}} :
                                                 next_channel[ADDRESS_WIDTH-1:0];
    end
  end

  wire [ADDRESS_WIDTH-1:0] channel;
  wire [7:0] x;
  wire first;
  pipe #(
      .WIDTH(ADDRESS_WIDTH + 9),
      .DEPTH(1)
  ) read_pipe (
      .clk_i (clk_i),
      .en_i  (read_en),
      .data_i({channel_q, x_i, first_i}),
      .data_o({channel, x, first})
  );

  wire [31:0] bias;
  wire [31:0] weights;
  ram_1r1w #(
      .WIDTH(64),
      .DEPTH(D_INNER_MAX)
  ) parameters (
      .clk_i          (clk_i),
      .write_i        (param_write_i),
      .write_address_i(param_address_i),
      .write_data_i   ({param_bias_i, param_weights_i}),
      .read_i         (taken),
      .read_address_i (channel_q),
      .read_data_o    ({bias, weights})
  );

  // The last four samples, the oldest lowest; all but that one are the next token's history.
  wire [23:0] history;
  wire [31:0] window = {x, history & {24{~first}}};
  ram_1r1w #(
      .WIDTH(24),
      .DEPTH(D_INNER_MAX)
  ) samples (
      .clk_i          (clk_i),
      .write_i        (read_valid & sum_ready),
      .write_address_i(channel),
      .write_data_i   (window[31:8]),
      .read_i         (taken),
      .read_address_i (channel_q),
      .read_data_o    (history)
  );

  // Sum.
  wire sum_en;
  valid_pipe #(
      .DEPTH(1)
  ) sum_handshake (
      .clk_i  (clk_i),
      .rst_ni (rst_ni),
      .valid_i(read_valid),
      .ready_o(sum_ready),
      .valid_o(valid_o),
      .ready_i(ready_i),
      .en_o   (sum_en)
  );

  function automatic signed [17:0] product(input signed [7:0] weight, input signed [7:0] sample);
    product = $signed({{10{weight[7]}}, weight}) * $signed({{10{sample[7]}}, sample});
  endfunction
  wire signed [17:0] acc =
      product(weights[7:0], window[7:0]) + product(weights[15:8], window[15:8]) +
      product(weights[23:16], window[23:16]) + product(weights[31:24], window[31:24]);

  pipe #(
      .WIDTH(50),
      .DEPTH(1)
  ) sum_pipe (
      .clk_i (clk_i),
      .en_i  (sum_en),
      .data_i({acc, bias}),
      .data_o({acc_o, bias_o})
  );

endmodule

`default_nettype wire
