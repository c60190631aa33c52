// SPDX-License-Identifier: Apache-2.0
// Counts the channels of tokens as they pass: last_o marks channel d_inner - 1, first_o the channels
// of the token that starts a sequence: the next one after reset or start_i, unless continue_i comes
// between. busy_o: in mid-token.
`default_nettype none

module token_counter #(
    parameter WIDTH = 12
) (
    input  wire             clk_i,
    input  wire             rst_ni,
    input  wire [WIDTH-1:0] d_inner_i,
    input  wire             start_i,
    input  wire             continue_i,
    input  wire             step_i,
    output wire             first_o,
    output wire             last_o,
    output wire             busy_o
);

  logic [WIDTH-1:0] channel_q;
  logic next_first_q;  // the next token starts a sequence
  logic first_q;  // this one does
  wire begins = ~(|channel_q);

  assign first_o = begins ? next_first_q : first_q;
  assign last_o  = channel_q == d_inner_i - 1'b1;
  assign busy_o  = ~begins;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      channel_q <= {WIDTH{1'b0}};
      next_first_q <= 1'b1;
      first_q <= 1'b0;
    end else begin
      if (step_i) begin
        channel_q <= last_o ? {WIDTH{1'b0}} : channel_q + 1'b1;
        first_q   <= first_o;
      end
      next_first_q <= start_i | (next_first_q & ~continue_i & ~(step_i & begins));
    end
  end

endmodule

`default_nettype wire
