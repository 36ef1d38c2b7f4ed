import jakarta.mail.Message;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Properties;

/**
 * One message by Jakarta Mail, with a session's properties.
 *
 * Each line on standard input is a request, and gets one line of JSON: sender, recipient, user, password and then each
 * property's name and value, all in base64; a user that is empty is none.
 */
public class SessionMail {
    public static void main(String[] arguments) throws Exception {
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in));
        for (String request; (request = requests.readLine()) != null; ) {
            String[] words = request.split("\t", -1);
            for (int at = 0; at < words.length; at++) {
                words[at] = new String(Base64.getDecoder().decode(words[at]), StandardCharsets.UTF_8);
            }
            try {
                send(words);
                System.out.println(Json.text(Map.of()));
            } catch (Exception error) {
                System.out.println(Json.text(Map.of("failed", error + " " + error.getCause())));
            }
        }
    }

    static void send(String[] words) throws Exception {
        Properties properties = new Properties();
        for (int at = 4; at < words.length; at += 2) {
            properties.setProperty(words[at], words[at + 1]);
        }
        Session session = Session.getInstance(properties);
        MimeMessage message = new MimeMessage(session);
        message.setFrom(new InternetAddress(words[0]));
        message.setRecipient(Message.RecipientType.TO, new InternetAddress(words[1]));
        message.setSubject("hello");
        message.setText("hello");
        message.saveChanges();
        try (Transport transport = session.getTransport("smtp")) {
            if (words[2].isEmpty()) {
                transport.connect();
            } else {
                transport.connect(words[2], words[3]);
            }
            transport.sendMessage(message, message.getAllRecipients());
        }
    }
}
