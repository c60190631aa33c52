// SPDX-License-Identifier: Apache-2.0
// AXI4-Lite slave to plain accesses: one write and one read at a time, a write first. A write is
// offered for one cycle and judged in it; a read is offered for one cycle and answered later.
`default_nettype none

module axi_lite #(
    parameter ADDRESS_WIDTH = 23
) (
    input wire aclk,
    input wire aresetn,

    input  wire                     s_axi_awvalid,
    output wire                     s_axi_awready,
    input  wire [ADDRESS_WIDTH-1:0] s_axi_awaddr,
    input  wire                     s_axi_wvalid,
    output wire                     s_axi_wready,
    input  wire [             31:0] s_axi_wdata,
    input  wire [              3:0] s_axi_wstrb,
    output wire                     s_axi_bvalid,
    input  wire                     s_axi_bready,
    output wire [              1:0] s_axi_bresp,
    input  wire                     s_axi_arvalid,
    output wire                     s_axi_arready,
    input  wire [ADDRESS_WIDTH-1:0] s_axi_araddr,
    output wire                     s_axi_rvalid,
    input  wire                     s_axi_rready,
    output wire [             31:0] s_axi_rdata,
    output wire [              1:0] s_axi_rresp,

    output wire                     write_o,
    output wire [ADDRESS_WIDTH-1:0] write_address_o,
    output wire [             31:0] write_data_o,
    output wire                     write_whole_o,    // all four bytes
    input  wire                     write_refused_i,

    output wire                     read_o,
    output wire [ADDRESS_WIDTH-1:0] read_address_o,
    input  wire                     read_done_i,
    input  wire [             31:0] read_data_i,
    input  wire                     read_refused_i
);

  localparam [1:0] SLVERR = 2'b10;

  logic address_held_q;
  logic data_held_q;
  logic answered_q;
  logic refused_q;
  logic [ADDRESS_WIDTH-1:0] address_q;
  logic [31:0] data_q;
  logic [3:0] strobe_q;

  assign s_axi_awready = ~address_held_q;
  assign s_axi_wready = ~data_held_q;
  assign s_axi_bvalid = answered_q;
  assign s_axi_bresp = refused_q ? SLVERR : 2'b00;
  assign write_o = address_held_q & data_held_q & ~answered_q;
  assign write_address_o = address_q;
  assign write_data_o = data_q;
  assign write_whole_o = &strobe_q;

  always_ff @(posedge aclk) begin
    if (s_axi_awvalid && s_axi_awready) address_q <= s_axi_awaddr;
    if (s_axi_wvalid && s_axi_wready) {strobe_q, data_q} <= {s_axi_wstrb, s_axi_wdata};
    if (write_o) refused_q <= write_refused_i;
    if (!aresetn) begin
      address_held_q <= 1'b0;
      data_held_q <= 1'b0;
      answered_q <= 1'b0;
    end else if (answered_q) begin
      if (s_axi_bready) begin
        address_held_q <= 1'b0;
        data_held_q <= 1'b0;
        answered_q <= 1'b0;
      end
    end else begin
      address_held_q <= address_held_q | s_axi_awvalid;
      data_held_q <= data_held_q | s_axi_wvalid;
      answered_q <= write_o;
    end
  end

  logic read_held_q;  // an address that has not been offered
  logic reading_q;
  logic read_answered_q;
  logic read_refused_q;
  logic [ADDRESS_WIDTH-1:0] read_address_q;
  logic [31:0] read_data_q;

  assign s_axi_arready = ~(read_held_q | reading_q | read_answered_q);
  assign s_axi_rvalid = read_answered_q;
  assign s_axi_rdata = read_data_q;
  assign s_axi_rresp = read_refused_q ? SLVERR : 2'b00;
  assign read_o = read_held_q & ~write_o;
  assign read_address_o = read_address_q;
  wire read_done = reading_q & read_done_i;

  always_ff @(posedge aclk) begin
    if (s_axi_arvalid && s_axi_arready) read_address_q <= s_axi_araddr;
    if (read_done) begin
      read_data_q <= read_refused_i ? 32'd0 : read_data_i;
      read_refused_q <= read_refused_i;
    end
    if (!aresetn) begin
      read_held_q <= 1'b0;
      reading_q <= 1'b0;
      read_answered_q <= 1'b0;
    end else begin
      read_held_q <= (s_axi_arvalid & s_axi_arready) | (read_held_q & ~read_o);
      reading_q <= read_o | (reading_q & ~read_done);
      read_answered_q <= read_done | (read_answered_q & ~s_axi_rready);
    end
  end

endmodule

`default_nettype wire
