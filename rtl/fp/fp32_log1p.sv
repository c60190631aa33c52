// SPDX-License-Identifier: Apache-2.0
// result_o = log(1 + x_i) for x_i in [0, 1], at most 0.51 ulp (docs/numerics.md, "log1p"): the same
// integers as se_f32_log1p. -0 gives -0, any other x_i outside gives NaN. No flags. One result a
// cycle; it moves while en_i is high.
//
// LATENCY 0 combinational, up to 6 registers: at the result, and after coarse, bend, fine, align and
// sum, in this order.
`default_nettype none

module fp32_log1p #(
    parameter LATENCY = 6
) (
    input  wire        clk_i,
    input  wire        en_i,
    input  wire [31:0] x_i,
    output wire [31:0] result_o
);

  if (LATENCY < 0 || LATENCY > 6) begin : g_unsupported
    LATENCY_must_be_0_to_6 unsupported_configuration ();
  end

  localparam OUT_REGS = (LATENCY >= 1) ? 1 : 0;
  localparam COARSE_REGS = (LATENCY >= 2) ? 1 : 0;
  localparam BEND_REGS = (LATENCY >= 3) ? 1 : 0;
  localparam FINE_REGS = (LATENCY >= 4) ? 1 : 0;
  localparam ALIGN_REGS = (LATENCY >= 5) ? 1 : 0;
  localparam SUM_REGS = (LATENCY >= 6) ? 1 : 0;

  // Align: t with 36 fraction bits; from 2^-12 down as if its exponent were that of 2^-13.
  localparam [6:0] LEAST_EXPONENT = 7'd114;
  wire outside = (x_i > 32'h3F80_0000) & (x_i != 32'h8000_0000);
  wire [6:0] exponent = x_i[29:23];
  wire is_small = exponent < LEAST_EXPONENT;
  wire [6:0] distance = is_small ? 7'd0 : exponent - LEAST_EXPONENT;
  wire [36:0] t = {13'd0, |exponent, x_i[22:0]} << distance[3:0];

  wire [36:0] t_q;
  wire [8:0] kind_q;  // what rounding needs to know of x: sign, outside, exponent
  pipe #(
      .WIDTH(46),
      .DEPTH(ALIGN_REGS)
  ) align_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({t, x_i[31], outside, exponent}),
      .data_o({t_q, kind_q})
  );

  // Coarse: (1 + t) * (1 - factor/2^8) = 1 + d1, 38 fraction bits.
  wire [6:0] interval = t_q[35:29] | {7{t_q[36]}};
  wire [7:0] factor = fp32_tables_pkg::log1p_factor(interval);
  wire [31:0] one_and_t = {t_q[36], ~t_q[36], t_q[35:6]};
  wire [38:0] scaled = {t_q, 2'b00} - {7'd0, one_and_t} * {31'd0, factor};
  wire [38:0] coarse = fp32_tables_pkg::log1p_coarse(interval);

  wire [32:0] d1_q;
  wire [38:0] coarse_q;
  wire [8:0] kind_q2;
  pipe #(
      .WIDTH(42),
      .DEPTH(COARSE_REGS)
  ) coarse_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({scaled[32:0], kind_q}),
      .data_o({d1_q, kind_q2})
  );
  pipe #(
      .WIDTH(39),
      .DEPTH(COARSE_REGS)
  ) coarse_log_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i(coarse),
      .data_o(coarse_q)
  );

  // Fine: (1 + d1) * (1 - j/2^11) = 1 + d2, 45 fraction bits.
  wire [5:0] j = d1_q[32:27] + {5'd0, d1_q[26]};
  wire signed [5:0] j_signed = j;
  wire signed [32:0] d1_signed = d1_q;
  wire signed [38:0] cross_term = d1_signed * j_signed;
  wire [34:0] d2 = {{2{d1_q[26]}}, d1_q[25:0], 7'd0} - cross_term[38:4];
  wire [44:0] logs = {coarse_q, 6'd0} +
                     {{5{j[5]}}, fp32_tables_pkg::log1p_fine(j)};

  wire [34:0] d2_q;
  wire [44:0] logs_q;
  wire [8:0] kind_q3;
  pipe #(
      .WIDTH(44),
      .DEPTH(FINE_REGS)
  ) fine_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({d2, kind_q2}),
      .data_o({d2_q, kind_q3})
  );
  pipe #(
      .WIDTH(45),
      .DEPTH(FINE_REGS)
  ) fine_logs_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i(logs),
      .data_o(logs_q)
  );

  // Bend: log(1 + d2) - d2 = -d2^2 / 2 + d2^3 / 3, further down for a small t.
  wire [20:0] size = d2_q[33:13] ^ {21{d2_q[34]}};
  wire [10:0] high = size[20:10];
  wire [32:0] square = {1'b0, {11'd0, high} * {11'd0, high}, 10'd0} +
                       {11'd0, {10'd0, high} * {11'd0, size[9:0]}, 1'b0} + 33'd1536;
  wire [6:0] small_3 = (kind_q3[6:0] < LEAST_EXPONENT) ? LEAST_EXPONENT - kind_q3[6:0] : 7'd0;
  wire [4:0] places = small_3[4:0] | {5{|small_3[6:5]}};
  wire [22:0] half_square = square[32:10] >> places;
  wire [8:0] cube = fp32_tables_pkg::log1p_cube(size[20:13]);
  wire [8:0] third_cube = (|places[4:3]) ? 9'd0 : cube >> {places[2:0], 1'b0};

  wire [22:0] half_square_q;
  wire [9:0] third_cube_q;
  wire [34:0] d2_q2;
  wire [44:0] logs_q2;
  wire [8:0] kind_q4;
  pipe #(
      .WIDTH(42),
      .DEPTH(BEND_REGS)
  ) bend_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({half_square, d2_q[34], third_cube ^ {9{d2_q[34]}}, kind_q3}),
      .data_o({half_square_q, third_cube_q, kind_q4})
  );
  pipe #(
      .WIDTH(35),
      .DEPTH(BEND_REGS)
  ) bend_d2_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i(d2_q),
      .data_o(d2_q2)
  );
  pipe #(
      .WIDTH(45),
      .DEPTH(BEND_REGS)
  ) bend_logs_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i(logs_q),
      .data_o(logs_q2)
  );

  // Sum.
  wire [44:0] sum = logs_q2 + {{10{d2_q2[34]}}, d2_q2} +
                    {{35{third_cube_q[9]}}, third_cube_q} - {22'd0, half_square_q};

  wire [44:0] sum_q;
  wire [8:0] kind_q5;
  pipe #(
      .WIDTH(54),
      .DEPTH(SUM_REGS)
  ) sum_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i({sum, kind_q4}),
      .data_o({sum_q, kind_q5})
  );

  // Normalise, round and pack. A subnormal t comes out as it went in.
  wire [3:0] leading;
  lzc #(.WIDTH(14)) lzc_sum (.data_i(sum_q[44:31]), .count_o(leading));
  wire subnormal = kind_q5[6:0] == 7'd0;
  wire [3:0] zeros = subnormal ? 4'd12 : leading;
  wire [44:0] normal = sum_q << zeros;
  wire [6:0] small_5 = (kind_q5[6:0] < LEAST_EXPONENT) ? LEAST_EXPONENT - kind_q5[6:0] : 7'd0;
  wire [6:0] exponent_field = subnormal ? 7'd0 : 7'd126 - {3'd0, zeros} - small_5;
  wire [29:0] rounded = {exponent_field, normal[43:21]} + {29'd0, normal[20]};
  wire [31:0] result = kind_q5[7] ? fp32_pkg::CANONICAL_NAN : {kind_q5[8], 1'b0, rounded};

  pipe #(
      .WIDTH(32),
      .DEPTH(OUT_REGS)
  ) out_pipe (
      .clk_i (clk_i),
      .en_i  (en_i),
      .data_i(result),
      .data_o(result_o)
  );

endmodule

`default_nettype wire
