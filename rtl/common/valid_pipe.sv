// SPDX-License-Identifier: Apache-2.0
// The handshake of a pipeline that moves or holds as a whole: DEPTH valid bits, and the enable for
// the DEPTH data registers beside them. It holds only while a finished word waits for ready_i.
`default_nettype none

module valid_pipe #(
    parameter DEPTH = 1
) (
    input  wire clk_i,
    input  wire rst_ni,
    input  wire valid_i,
    output wire ready_o,
    output wire valid_o,
    input  wire ready_i,
    output wire en_o
);

  if (DEPTH < 1) begin : g_unsupported
    DEPTH_must_be_at_least_1 unsupported_configuration ();
  end

  logic [DEPTH-1:0] valid_q;
  wire  [DEPTH:0]   chain = {valid_q, valid_i};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= {DEPTH{1'b0}};
    else if (en_o) valid_q <= chain[DEPTH-1:0];
  end

  assign valid_o = chain[DEPTH];
  assign en_o    = ready_i | ~valid_o;
  assign ready_o = en_o;

endmodule

`default_nettype wire
