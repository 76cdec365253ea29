//! Which addresses may be called: those of the public internet, and networks that the operator allows by name. Everything
//! else is this machine, the network behind it, or nobody (RFC 6890 and the IANA registries of special addresses).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use ipnet::IpNet;

/// Addresses of IPv4 that are not of the public internet.
const SPECIAL_V4: [&str; 15] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    // Shared by carriers; some clouds keep their metadata here.
    "100.64.0.0/10",
    "127.0.0.0/8",
    // Link-local; the metadata of most clouds.
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
];

/// Where addresses of IPv6 are given out to the public.
const PUBLIC_V6: &str = "2000::/3";

/// What of that is not: protocols (Teredo among them), documentation, and 6to4, which carries an address of IPv4.
const SPECIAL_V6: [&str; 4] = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

static TABLES: LazyLock<(Vec<IpNet>, IpNet, Vec<IpNet>)> = LazyLock::new(|| {
    let net = |text: &str| text.parse::<IpNet>().expect("the tables hold networks");
    (SPECIAL_V4.map(net).to_vec(), net(PUBLIC_V6), SPECIAL_V6.map(net).to_vec())
});

/// Which addresses may be called, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Networks that may be called although they are not public.
    pub allowed: Vec<IpNet>,
    /// Calls without TLS are allowed.
    pub allow_http: bool,
}

/// A text that names no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no network such as 10.20.0.0/16")]
pub struct BadNetwork(pub String);

impl Rules {
    /// Reads the networks that are allowed.
    ///
    /// # Errors
    /// [`BadNetwork`] with the first that is none.
    pub fn new(allowed: &[String], allow_http: bool) -> Result<Self, BadNetwork> {
        let read = |text: &String| text.parse().map_err(|_| BadNetwork(text.clone()));
        Ok(Self { allowed: allowed.iter().map(read).collect::<Result<_, _>>()?, allow_http })
    }

    /// Tells whether an address may be called.
    #[must_use]
    pub fn permit(&self, address: IpAddr) -> bool {
        // `::ffff:127.0.0.1` is 127.0.0.1 by another name.
        let address = address.to_canonical();
        self.allowed.iter().any(|network| network.contains(&address)) || is_public(address)
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    !TABLES.0.iter().any(|network| network.contains(&IpAddr::V4(address)))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let address = IpAddr::V6(address);
    let (_, public, special) = &*TABLES;
    public.contains(&address) && !special.iter().any(|network| network.contains(&address))
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use proptest::prelude::*;

    use super::{BadNetwork, Rules};

    fn permits(address: &str) -> bool {
        Rules::default().permit(address.parse().expect("an address"))
    }

    #[test]
    fn nothing_inside_is_called() {
        let inside = [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "100::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "3fff::1",
        ];
        for address in inside {
            assert!(!permits(address), "{address}");
        }
    }

    #[test]
    fn what_is_public_is_called() {
        for address in ["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1", "2400:3200::1"] {
            assert!(permits(address), "{address}");
        }
    }

    #[test]
    fn an_operator_may_allow_a_network() {
        let rules = Rules::new(&["10.20.0.0/16".into(), "::1/128".into()], false).expect("networks");
        let permits = |address: &str| rules.permit(address.parse().expect("an address"));
        assert!(permits("10.20.3.4") && permits("::ffff:10.20.3.4") && permits("::1"));
        assert!(!permits("10.21.0.1") && !permits("127.0.0.1"));
        assert_eq!(Rules::new(&["10.20".into()], false), Err(BadNetwork("10.20".into())));
    }

    proptest! {
        #[test]
        fn an_address_of_ipv4_is_the_same_in_either_form(bits in any::<u32>()) {
            let (rules, address) = (Rules::default(), Ipv4Addr::from(bits));
            prop_assert_eq!(rules.permit(IpAddr::V4(address)), rules.permit(IpAddr::V6(address.to_ipv6_mapped())));
        }
    }
}
